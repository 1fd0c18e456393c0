import type { Schema } from "./check.ts";
import type { ResourceType } from "./resource-type.ts";
import { type Bag, Unknown, plain } from "./values.ts";

/** What a create will give, as far as it is known before: the inputs as they are, each computed output unknown. */
export function previewCreate(type: ResourceType, inputs: Bag): Bag {
  return { ...unknowns(type.computed), ...inputs };
}

/**
 * What an update will give: the new inputs, and computed outputs as they are now, except those that the type says an update changes.
 * Making all of them unknown would show every dependent as changing, or even as replaced, where nothing happens.
 */
export function previewUpdate(type: ResourceType, inputs: Bag, oldState: Bag): Bag {
  const kept: Bag = {};
  for (const name of type.computed) {
    const input = (type.inputs as Schema)[name];
    // An optional input that the program no longer gives: the service will choose its value, unless it keeps the one it has.
    kept[name] = (input !== undefined && input.computed !== true) || oldState[name] === undefined ? Unknown.value : oldState[name];
  }
  const recomputed = typeof type.recomputed === "function" ? type.recomputed(plain(inputs), plain(oldState)) : (type.recomputed ?? []);
  return { ...kept, ...unknowns(recomputed), ...inputs };
}

function unknowns(names: readonly string[]): Bag {
  return Object.fromEntries(names.map((name) => [name, Unknown.value]));
}
