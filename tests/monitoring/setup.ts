// Setup file of the monitoring project: every worker trusts the CA of the stack, and only that one.
import { inject } from "vitest";
import { trustOnly } from "../support/trust.ts";

trustOnly(inject("watched").ca);
