import type * as pulumi from "@pulumi/pulumi";
import { Rules } from "../rules.ts";
import { verificationProvider } from "../verification.ts";
import type { KeycloakReadyArgs, PostgresReadyArgs } from "./resource.ts";

type Sent<Args> = Required<pulumi.Unwrap<Args>> & { version: number };
/** The inputs for PostgreSQL as the engine sends them: defaults filled in. */
export type PostgresReadyInputs = Sent<PostgresReadyArgs>;
/** The inputs for Keycloak as the engine sends them: defaults filled in. */
export type KeycloakReadyInputs = Sent<KeycloakReadyArgs>;
/** Either. */
export type ServiceReadyInputs = PostgresReadyInputs | KeycloakReadyInputs;

/** The dynamic provider of ServiceReady. */
export const provider = verificationProvider<ServiceReadyInputs>({
  provenBy: ["version", "kind", "host", "port", "username", "password", "database", "url", "expectedIssuer", "clientId", "clientSecret", "caCertificate", "triggers"],
  identity: endpointOf,
  outputs: (inputs) => ({ version: inputs.version, endpoint: endpointOf(inputs) }),
  check: checkInputs,
  // Loaded when there is work: without changes the engine only calls check and diff.
  prove: async (inputs) => (await import("./wait-until-ready.ts")).waitUntilReady(inputs),
});

function endpointOf(inputs: ServiceReadyInputs): string {
  return inputs.kind === "postgresql" ? `postgresql://${inputs.host}:${inputs.port}/${inputs.database}` : inputs.expectedIssuer;
}

function checkInputs(inputs: ServiceReadyInputs): pulumi.dynamic.CheckFailure[] {
  const rules = new Rules().oneOf("kind", inputs.kind, ["postgresql", "keycloak"]).certificate("caCertificate", inputs.caCertificate).integer("timeoutSeconds", inputs.timeoutSeconds, 1, 3600);
  if (inputs.kind === "postgresql") {
    rules.text("host", inputs.host).integer("port", inputs.port, 1, 65535).text("username", inputs.username).text("password", inputs.password).text("database", inputs.database);
  } else if (inputs.kind === "keycloak") {
    rules.httpsUrl("url", inputs.url, true).httpsUrl("expectedIssuer", inputs.expectedIssuer, true).text("clientId", inputs.clientId).text("clientSecret", inputs.clientSecret);
  }
  return rules.failures;
}
