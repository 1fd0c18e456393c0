import { randomBytes } from "node:crypto";
import type { Failure } from "./check.ts";
import type { Bag } from "./values.ts";

/** What the engine says about naming in a Check call. */
export interface Naming {
  /** The resource's name in the program. */
  readonly name: string;
  /** 32 bytes that are the same when the same Check is repeated; empty from engines that send none. */
  readonly randomSeed: Uint8Array;
  /** The engine's proposal, made from `pulumi:autonaming`; `disabled` when the user switched autonaming off. */
  readonly proposed?: { readonly name: string; readonly disabled: boolean };
}

/** In the inputs, as with the official plugins: the list of properties that Check has named itself. */
const bookkeeping = "__defaults";

/**
 * Gives the autonamed property a value when the program gives none: the one it was given this way before, else the engine's proposal, else
 * `<name>-<7 hex digits>`.
 */
export function autoname(property: string, inputs: Bag, oldInputs: Bag, naming: Naming): Failure | undefined {
  if (inputs[property] !== undefined && inputs[property] !== null) return undefined;
  // A name that the program itself gave and gives no more is not kept; where nothing was noted (an import), the old one is.
  // The engine leaves the old inputs out when it replaces, so a replacement gets a new name and may be created first.
  if (oldInputs[property] !== undefined && (oldInputs[bookkeeping] === undefined || isAutonamed(property, oldInputs))) {
    inputs[property] = oldInputs[property];
  } else if (naming.proposed?.disabled === true) {
    return { property, reason: "must be given, because pulumi:autonaming is disabled for this resource" };
  } else if (naming.proposed !== undefined && naming.proposed.name !== "") {
    inputs[property] = naming.proposed.name;
  } else {
    const seed = naming.randomSeed.length > 0 ? Buffer.from(naming.randomSeed) : randomBytes(4);
    inputs[property] = `${naming.name}-${seed.toString("hex").slice(0, 7)}`;
  }
  return undefined;
}

/** The inputs with a note of the property, if it was named here. */
export function withBookkeeping(inputs: Bag, named: string | undefined): Bag {
  return { ...inputs, [bookkeeping]: named === undefined ? [] : [named] };
}

/** Whether these inputs have the property's value from {@link autoname}: then a replacement may be created first. */
export function isAutonamed(property: string, inputs: Bag): boolean {
  const named = inputs[bookkeeping];
  return Array.isArray(named) && named.includes(property);
}

/** The inputs without that note, as resource types and outputs have them. */
export function withoutBookkeeping({ [bookkeeping]: _named, ...inputs }: Bag): Bag {
  return inputs;
}
