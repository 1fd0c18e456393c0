import type * as pulumi from "@pulumi/pulumi";
import { Rules } from "../rules.ts";
import { verificationProvider } from "../verification.ts";
import type { HealthCheckArgs } from "./resource.ts";

/** The inputs as the engine sends them: defaults filled in. */
export type HealthCheckInputs = Required<pulumi.Unwrap<HealthCheckArgs>> & { version: number };

/** The dynamic provider of HealthCheck. */
export const provider = verificationProvider<HealthCheckInputs>({
  provenBy: ["version", "url", "caCertificate", "triggers"],
  identity: ({ url }) => url,
  outputs: ({ version, url }) => ({ version, url }),
  check: (inputs) =>
    new Rules().httpsUrl("url", inputs.url).certificate("caCertificate", inputs.caCertificate).integer("timeoutSeconds", inputs.timeoutSeconds, 1, 3600).failures,
  // Loaded when there is work: without changes the engine only calls check and diff.
  prove: async (inputs) => (await import("./wait-until-healthy.ts")).waitUntilHealthy(inputs),
});
