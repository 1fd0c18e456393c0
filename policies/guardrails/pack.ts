/** The policy pack as the engine runs it: `pulumi preview --policy-pack policies/guardrails`. */
import { flushCompileCache } from "node:module";
import { PolicyPack, validateResourceOfType, type ResourceValidation, type ResourceValidationPolicy } from "@pulumi/policy";
import type { Resource } from "@pulumi/pulumi";
import { LOOPBACK, type Rule, type Settings } from "./rule.ts";
import { rules } from "./rules/index.ts";

new PolicyPack("dive-guardrails", { enforcementLevel: "mandatory", policies: rules.map(policy) });
flushCompileCache(); // the engine ends a pack by a signal, at which Node would not keep what it has compiled

function policy(rule: Rule): ResourceValidationPolicy {
  const [type, ...others] = rule.types;
  const check: ResourceValidation = ({ props, getConfig }, report) => {
    const settings: Settings = { bindAddress: LOOPBACK, advertiseAddress: "", containerExporter: "false", ...getConfig<Partial<Settings>>() };
    for (const violation of rule.violations(props, settings)) report(violation);
  };
  return {
    name: rule.name,
    description: rule.description,
    // A pack does not see the stack's configuration; what rules need of it comes by --policy-pack-config.
    ...(rule.settings === undefined ? {} : { configSchema: { properties: rule.settings } }),
    // The SDK reads a resource's properties anew for each policy, unless it knows that the policy is for one other type.
    validateResource: others.length === 0 ? validateResourceOfType(resourceClass(type!), (_props, args, report) => check(args, report)) : (args, report) => void (rule.types.includes(args.type) && check(args, report)),
  };
}

/** Of a resource's class the SDK only reads the type; loading the real one would load its whole package. */
function resourceClass(type: string): new (...args: any[]) => Resource {
  return { __pulumiType: type } as unknown as new (...args: any[]) => Resource;
}
