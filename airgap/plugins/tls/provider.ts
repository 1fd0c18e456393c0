import type { ProviderDefinition } from "../server/resource-type.ts";
import { certRequest } from "./cert-request.ts";
import { locallySignedCert } from "./locally-signed-cert.ts";
import { privateKey } from "./private-key.ts";

/** Stand-in for the official `tls` plugin: keys, requests and certificates signed by a given CA. It has no configuration and needs no service. */
export const provider: ProviderDefinition<undefined> = {
  name: "tls",
  config: {},
  configure: () => undefined,
  types: [privateKey, certRequest, locallySignedCert],
};
