/** The hub's descriptor where the configuration names the hub's stack and not the descriptor itself. */
import * as pulumi from "@pulumi/pulumi";
import { ConfigError, isInstanceCode, type ConfigProblem, type HubReference } from "../config.ts";
import { parseDescriptor, type SiteDescriptor } from "../partner-config.ts";

/**
 * Reads it from output `descriptors`, which holds public values only: a stack with another passphrase shows no others.
 * @throws ConfigError when that stack has no hub, or was never brought up
 */
export async function hubDescriptorOf(reference: HubReference): Promise<SiteDescriptor> {
  if ("descriptor" in reference) return reference.descriptor;
  const { value } = await new pulumi.StackReference(reference.stack).getOutputDetails("descriptors");
  const found = Object.values((value ?? {}) as Record<string, unknown>).find((one) => (one as { role?: unknown }).role === "hub");
  const problems: ConfigProblem[] = [];
  if (found === undefined) problems.push({ key: "dive:hub.stack", rule: "must be a stack that deploys the hub and was brought up", got: reference.stack, allowed: "a stack whose output descriptors has a hub" });
  const descriptor = found === undefined ? undefined : parseDescriptor(found, "hub", isInstanceCode, (name, rule, got, allowed) => problems.push({ key: `dive:hub.stack, output descriptors, ${name}`, rule, got, allowed }));
  if (!descriptor) throw new ConfigError(problems);
  return descriptor;
}
