import { isIP } from "node:net";
import type { JsonGeneralName } from "@peculiar/x509";
import type { CertRequestArgs, CertRequestState } from "@pulumi/tls";
import type { ResourceType } from "../server/resource-type.ts";
import type { Plain } from "../server/unwrap.ts";
import { algorithmOf, pem, readPrivateKey, sha1Id, signingAlgorithm, webKeyPair } from "./keys.ts";
import { distinguishedName, subjectType } from "./subject.ts";
import { loadX509 } from "./x509.ts";

type Args = Plain<CertRequestArgs>;
type State = Plain<CertRequestState>;

/** `tls.CertRequest`: a PKCS#10 request. Every property replaces. */
export const certRequest: ResourceType<undefined, Args, State> = {
  token: "tls:index/certRequest:CertRequest",
  inputs: {
    privateKeyPem: { type: "string", required: true, secret: true, replaces: true },
    subject: { type: subjectType, replaces: true },
    dnsNames: { type: { array: "string" }, replaces: true },
    ipAddresses: { type: { array: "string" }, replaces: true },
    uris: { type: { array: "string" }, replaces: true },
  },
  computed: ["certRequestPem", "keyAlgorithm"],

  check(args) {
    const addresses = (args.ipAddresses ?? []).flatMap((given, index) =>
      isIP(given) === 0 ? [{ property: `ipAddresses[${index}]`, reason: `must be an IPv4 or IPv6 address; given: ${JSON.stringify(given)}` }] : [],
    );
    const uris = (args.uris ?? []).flatMap((given, index) =>
      URL.canParse(given) ? [] : [{ property: `uris[${index}]`, reason: `must be an absolute URI; given: ${JSON.stringify(given)}` }],
    );
    return [...addresses, ...uris];
  },

  async create(_client, args) {
    const x509 = await loadX509();
    const key = readPrivateKey(args.privateKeyPem ?? "", "privateKeyPem");
    const names: JsonGeneralName[] = [
      ...(args.dnsNames ?? []).map((value) => ({ type: "dns", value }) as const),
      ...(args.ipAddresses ?? []).map((value) => ({ type: "ip", value }) as const),
      ...(args.uris ?? []).map((value) => ({ type: "url", value }) as const),
    ];
    const request = await x509.Pkcs10CertificateRequestGenerator.create({
      name: new x509.Name(distinguishedName(args.subject)),
      keys: webKeyPair(key),
      signingAlgorithm: signingAlgorithm(key),
      extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)],
    });
    return {
      id: sha1Id(new Uint8Array(request.rawData)),
      state: { ...args, keyAlgorithm: algorithmOf(key), certRequestPem: pem("CERTIFICATE REQUEST", request.rawData) },
    };
  },

  async read(_client, id, state) {
    if (state.certRequestPem === undefined) throw new Error("a certificate request cannot be imported, as with the official plugin: the state is all there is");
    return { id, state, inputs: {} };
  },

  async delete() {},
};
