// Setup file of the integration project: every worker trusts the CA of the stack, and only that one.
import { inject } from "vitest";
import { trustOnly } from "./trust.ts";

trustOnly(inject("stack").ca);
