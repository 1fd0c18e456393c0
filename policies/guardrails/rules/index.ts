import type { Rule } from "../rule.ts";
import { confinement, labels, memoryLimit, publishedPorts } from "./containers.ts";
import { brokers, clients, realms } from "./federation.ts";
import { certificates, passwords, providers } from "./secrets.ts";

/** Every guardrail. All are mandatory: one violation stops the operation. */
export const rules: readonly Rule[] = [labels, confinement, memoryLimit, publishedPorts, brokers, clients, realms, passwords, certificates, providers];
