import type { ProviderArgs } from "@pulumi/keycloak";
import type { Property } from "../server/resource-type.ts";
import type { Plain } from "../server/unwrap.ts";

/** The provider's configuration in plain values, by the official names. */
export type Config = Plain<ProviderArgs>;

/**
 * What the stand-in understands of the official configuration. `url` is the base before `basePath`; `clientTimeout` is in seconds
 * (default 30: a realm import on two cores takes more than the official default); `rootCaCertificate` is PEM and replaces the system's
 * roots; `adminUrl` is where the admin API is, if not at `url`. `initialLogin` must not be true.
 */
export const configProperties: Readonly<Partial<Record<keyof Config & string, Property>>> = {
  url: { type: "string", required: true },
  adminUrl: { type: "string" },
  basePath: { type: "string" },
  realm: { type: "string", default: "master" },
  clientId: { type: "string", required: true },
  clientSecret: { type: "string", secret: true },
  username: { type: "string" },
  password: { type: "string", secret: true },
  initialLogin: { type: "boolean" },
  clientTimeout: { type: "number", default: 30 },
  rootCaCertificate: { type: "string" },
};

/**
 * Refuses a configuration that cannot work.
 * @throws Error naming the setting, the rule and what was given.
 */
export function checkConfig(config: Config): void {
  if (!config.url || !URL.canParse(config.url)) throw new Error(`keycloak provider: url must be an absolute URL, got ${JSON.stringify(config.url)}`);
  if (config.initialLogin === true) {
    throw new Error("keycloak provider: initialLogin: true is not supported, since a preview must not need a running server; set false");
  }
  if (!config.clientSecret && !(config.username && config.password)) {
    throw new Error("keycloak provider: give clientSecret (client credentials), or username and password");
  }
  if (config.clientTimeout !== undefined && !(config.clientTimeout > 0)) {
    throw new Error(`keycloak provider: clientTimeout must be a number of seconds above 0, got ${config.clientTimeout}`);
  }
}
