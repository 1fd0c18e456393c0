import type { ProviderDefinition } from "../server/resource-type.ts";
import { randomPassword } from "./random-password.ts";

/** Stand-in for the official `random` plugin: RandomPassword only. It has no configuration and needs no service. */
export const provider: ProviderDefinition<undefined> = {
  name: "random",
  config: {},
  configure: () => undefined,
  types: [randomPassword],
};
