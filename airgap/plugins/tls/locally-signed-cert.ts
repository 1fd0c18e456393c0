import type { LocallySignedCertArgs, LocallySignedCertState } from "@pulumi/tls";
import type { ResourceType } from "../server/resource-type.ts";
import type { Plain } from "../server/unwrap.ts";
import { algorithmOf, pem } from "./keys.ts";
import { sign } from "./sign.ts";
import { allowedUses } from "./uses.ts";

type Args = Plain<LocallySignedCertArgs>;
type State = Plain<LocallySignedCertState>;

const hour = 3_600_000;

/**
 * `tls.LocallySignedCert`: a certificate for a request, signed by a given CA; its names are those of the request. It is replaced when
 * its renewal is due (`earlyRenewalHours` before the end), which every preview and update computes from the clock, as the official
 * plugin does. Only `earlyRenewalHours` is changed in place.
 */
export const locallySignedCert: ResourceType<undefined, Args, State> = {
  token: "tls:index/locallySignedCert:LocallySignedCert",
  inputs: {
    certRequestPem: { type: "string", required: true, replaces: true },
    caCertPem: { type: "string", required: true, replaces: true },
    caPrivateKeyPem: { type: "string", required: true, secret: true, replaces: true },
    allowedUses: { type: { array: "string" }, required: true, oneOf: allowedUses, replaces: true },
    validityPeriodHours: { type: "number", required: true, replaces: true },
    earlyRenewalHours: { type: "number", default: 0 },
    isCaCertificate: { type: "boolean", default: false, replaces: true },
    setSubjectKeyId: { type: "boolean", default: false, replaces: true },
  },
  computed: ["certPem", "caKeyAlgorithm", "readyForRenewal", "validityStartTime", "validityEndTime"],
  recomputed: ["readyForRenewal"],

  check(args) {
    const failures: { property: string; reason: string }[] = [];
    const early = args.earlyRenewalHours ?? 0;
    if (!Number.isInteger(args.validityPeriodHours) || args.validityPeriodHours <= 0) {
      failures.push({ property: "validityPeriodHours", reason: `must be a whole number of hours above 0; given: ${args.validityPeriodHours}` });
    } else if (!Number.isInteger(early) || early < 0 || early >= args.validityPeriodHours) {
      // Otherwise the certificate would be replaced by every update.
      failures.push({ property: "earlyRenewalHours", reason: `must be a whole number of hours from 0 to below validityPeriodHours (${args.validityPeriodHours}); given: ${early}` });
    }
    return failures;
  },

  outdated: (state, inputs) => (renewalDue(state.validityEndTime, inputs.earlyRenewalHours) ? ["readyForRenewal"] : []),

  async create(_client, args) {
    // Certificates count whole seconds; rounding down never makes one valid only in the future.
    const notBefore = new Date(Math.floor(Date.now() / 1000) * 1000);
    const notAfter = new Date(notBefore.getTime() + args.validityPeriodHours * hour);
    const { der, serialNumber, caKey } = await sign({
      certRequestPem: args.certRequestPem,
      caCertPem: args.caCertPem,
      caPrivateKeyPem: args.caPrivateKeyPem ?? "",
      allowedUses: args.allowedUses,
      isCa: args.isCaCertificate === true,
      subjectKeyId: args.setSubjectKeyId === true,
      notBefore,
      notAfter,
    });
    return {
      id: serialNumber,
      state: {
        ...args,
        certPem: pem("CERTIFICATE", der),
        caKeyAlgorithm: algorithmOf(caKey),
        validityStartTime: rfc3339(notBefore),
        validityEndTime: rfc3339(notAfter),
        readyForRenewal: false,
      },
    };
  },

  async read(_client, id, state) {
    if (state.certPem === undefined) throw new Error("a certificate cannot be imported, as with the official plugin: the state is all there is");
    return { id, state: { ...state, readyForRenewal: renewalDue(state.validityEndTime, state.earlyRenewalHours) }, inputs: {} };
  },

  async update(_client, _id, inputs, old) {
    return { ...old, ...inputs, readyForRenewal: renewalDue(old.validityEndTime, inputs.earlyRenewalHours) };
  },

  async delete() {},
};

function renewalDue(end: string | undefined, earlyRenewalHours: number | undefined): boolean {
  // No end (an unfinished state) or an unknown number is no reason to replace.
  if (end === undefined) return false;
  const early = typeof earlyRenewalHours === "number" ? earlyRenewalHours : 0;
  return Date.now() >= Date.parse(end) - early * hour;
}

function rfc3339(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}
