import { type Rule, when } from "../rule.ts";

/** NIST SP 800-57 part 1, table 2: what is out of reach today and for the life of a deployment. Unit: bits. */
const MINIMUM_BITS = 128;

/** Characters of the random provider's default set of special ones. */
const SPECIAL = 21;

/** A generated password cannot be guessed. */
export const passwords: Rule = {
  name: "passwords",
  description: `A generated password has at least ${MINIMUM_BITS} bits.`,
  types: ["random:index/randomPassword:RandomPassword"],
  violations(props) {
    const special = props["overrideSpecial"] === undefined ? SPECIAL : new Set(String(props["overrideSpecial"])).size;
    const kinds: [string, number][] = [["lower", 26], ["upper", 26], [props["numeric"] === undefined ? "number" : "numeric", 10], ["special", special]];
    const alphabet = kinds.reduce((sum, [kind, size]) => sum + (props[kind] === false ? 0 : size), 0);
    const bits = Math.floor(Number(props["length"]) * Math.log2(Math.max(alphabet, 1)));
    return when([!(bits >= MINIMUM_BITS), `has ${bits} bits (${props["length"]} of ${alphabet} characters); at least ${MINIMUM_BITS} are needed`]);
  },
};

/** What the stack's authority signs. */
export const certificates: Rule = {
  name: "certificates",
  description: "A certificate is a leaf, for a server or for a client and not for both, and browsers accept its life.",
  types: ["tls:index/locallySignedCert:LocallySignedCert"],
  violations(props) {
    const uses = (props["allowedUses"] ?? []) as string[];
    return when(
      [props["isCaCertificate"] === true || uses.includes("cert_signing"), "must not be an authority"],
      [uses.includes("server_auth") === uses.includes("client_auth"), "must be for servers or for clients: exactly one of server_auth and client_auth"],
      [uses.includes("any_extended"), "must not be for any use"],
      [Number(props["validityPeriodHours"]) > 398 * 24, `is valid for ${props["validityPeriodHours"]} h; browsers accept 398 days (CA/Browser Forum, Baseline Requirements 6.3.2)`],
      [!(Number(props["earlyRenewalHours"]) > 0), "must be renewed before it ends (earlyRenewalHours)"],
    );
  },
};

/** Providers hold the keys of the kingdom: they must know whom they talk to. */
export const providers: Rule = {
  name: "providers",
  description: "Providers verify the server that they talk to.",
  types: ["pulumi:providers:keycloak", "pulumi:providers:postgresql", "pulumi:providers:docker"],
  violations: (props) =>
    when(
      // The SDK encodes what is no text as JSON.
      [String(props["tlsInsecureSkipVerify"] ?? false) !== "false", "must not skip verification (tlsInsecureSkipVerify)"],
      [props["url"] !== undefined && !String(props["url"]).startsWith("https://"), "must talk https://"],
      [props["sslmode"] !== undefined && props["sslmode"] !== "verify-full", `must have sslmode verify-full; has ${props["sslmode"]}`],
      [/^tcp:/.test(String(props["host"] ?? "")) && props["caMaterial"] === undefined && props["certPath"] === undefined, "must reach Docker by ssh://, a socket, or TLS"],
    ),
};
