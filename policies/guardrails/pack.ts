/** The policy pack as the engine runs it: `pulumi preview --policy-pack policies/guardrails`. */
import { flushCompileCache } from "node:module";
import { PolicyPack, type ResourceValidationPolicy } from "@pulumi/policy";
import { LOOPBACK, type Rule, type Settings } from "./rule.ts";
import { rules } from "./rules/index.ts";

new PolicyPack("dive-guardrails", { enforcementLevel: "mandatory", policies: rules.map(policy) });
flushCompileCache(); // the engine ends a pack by a signal, at which Node would not keep what it has compiled

function policy(rule: Rule): ResourceValidationPolicy {
  return {
    name: rule.name,
    description: rule.description,
    // A pack does not see the stack's configuration; what rules need of it comes by --policy-pack-config.
    ...(rule.settings === undefined ? {} : { configSchema: { properties: rule.settings } }),
    validateResource({ type, props, getConfig }, report) {
      if (!rule.types.includes(type)) return;
      const settings: Settings = { bindAddress: LOOPBACK, advertiseAddress: "", containerExporter: "false", ...getConfig<Partial<Settings>>() };
      for (const violation of rule.violations(props, settings)) report(violation);
    },
  };
}
