import type * as pulumi from "@pulumi/pulumi";
import { Rules } from "../rules.ts";
import { verificationProvider } from "../verification.ts";
import type { OidcCheckArgs, OidcCheckSideArgs } from "./resource.ts";

/** One side as the engine sends it. */
export type CheckedSide = pulumi.Unwrap<OidcCheckSideArgs>;
/** The inputs as the engine sends them. */
export type OidcCheckInputs = Required<pulumi.Unwrap<OidcCheckArgs>> & { version: number };

/** The dynamic provider of OidcCheck. */
export const provider = verificationProvider<OidcCheckInputs>({
  provenBy: ["version", "kind", "from", "to", "triggers"],
  identity: ({ kind, from, to }) => `${kind}: ${from.issuer} <-> ${to.issuer}`,
  outputs: ({ version, from, to }) => ({ version, issuers: [from.issuer, to.issuer] }),
  check: ({ kind, from, to }) => {
    const rules = new Rules().oneOf("kind", kind, ["first", "link", "verification"]);
    for (const [end, side] of Object.entries({ from, to })) {
      rules.text(`${end}.code`, side.code).httpsUrl(`${end}.publicBase`, side.publicBase, true).text(`${end}.realm`, side.realm)
        .httpsUrl(`${end}.issuer`, side.issuer, true).text(`${end}.clientId`, side.clientId).httpsUrl(`${end}.redirectUri`, side.redirectUri)
        .text(`${end}.brokerAlias`, side.brokerAlias).certificate(`${end}.caCertificate`, side.caCertificate);
      if ((side.adminClientId === undefined) !== (side.adminClientSecret === undefined)) {
        rules.failures.push({ property: `${end}.adminClientId`, reason: "adminClientId and adminClientSecret must be given together" });
      }
      if (side.database !== undefined) rules.text(`${end}.database.host`, side.database.host).integer(`${end}.database.port`, side.database.port, 1, 65535).text(`${end}.database.password`, side.database.password);
    }
    if (from.issuer === to.issuer) rules.failures.push({ property: "to.issuer", reason: `must differ from from.issuer, got ${JSON.stringify(to.issuer)} for both` });
    if (kind === "verification" && !from.probeUser && !to.probeUser) rules.failures.push({ property: "from.probeUser", reason: "a verification needs the probe user of a side" });
    return rules.failures;
  },
  prove: async (inputs) => (await import("./check.ts")).check(inputs),
});
