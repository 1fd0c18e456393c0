import { createHash } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";

/** How Pulumi writes a value that is not known yet, in a preview. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The names of the properties of any member of a union. */
type KeyOf<T> = T extends unknown ? keyof T & string : never;

/**
 * A resource that makes nothing: creating or updating it proves something about the world, and a change of what the proof depends on
 * (`provenBy`) proves it again.
 */
export interface Verification<Inputs extends object> {
  /** Inputs whose change calls for a new proof. Others (time limits) are taken over silently. */
  readonly provenBy: readonly KeyOf<Inputs>[];
  /** Names the thing proven; the resource's id. */
  identity(inputs: Inputs): string;
  /** Outputs: only what stays the same from run to run, and no secret. */
  outputs(inputs: Inputs): Record<string, unknown>;
  /** Rules over known inputs. */
  check(inputs: Inputs): pulumi.dynamic.CheckFailure[];
  /** Resolves when proven; rejects with what was last seen. */
  prove(inputs: Inputs): Promise<void>;
}

/** The dynamic provider of a verification: `diff` compares the hash of the inputs, `read` has nothing to look at, `delete` nothing to do. */
export function verificationProvider<Inputs extends object>(verification: Verification<Inputs>): Required<Omit<pulumi.dynamic.ResourceProvider, "configure">> {
  const prove = async (inputs: Inputs) => {
    await verification.prove(inputs);
    return { ...verification.outputs(inputs), inputsHash: inputsHash(inputs, verification.provenBy) };
  };
  return {
    check: async (_olds, news) => ({ inputs: news, failures: isUnknown(news) ? [] : verification.check(news) }),
    diff: async (_id, olds, news) => ({ changes: olds.inputsHash !== inputsHash(news, verification.provenBy) }),
    create: async (inputs) => ({ id: verification.identity(inputs), outs: await prove(inputs) }),
    read: async (id, props) => ({ id, props }),
    update: async (_id, _olds, news) => ({ outs: await prove(news) }),
    delete: async () => undefined,
  };
}

/** Whether a preview's inputs hold a value that is not known yet: rules wait until it is. */
export function isUnknown(inputs: unknown): boolean {
  return JSON.stringify(inputs).includes(UNKNOWN);
}

/**
 * SHA-256 (hex) over the named inputs, whatever the order of their keys. It covers secrets too, so that a rotated one is proven again:
 * resources mark it as a secret output, because a weak secret could be guessed from it.
 */
export function inputsHash<Inputs extends object>(inputs: Inputs, names: readonly KeyOf<Inputs>[]): string {
  const named = Object.fromEntries([...names].sort().map((name) => [name, (inputs as Record<string, unknown>)[name]]));
  return createHash("sha256").update(JSON.stringify(named, sortKeys)).digest("hex");
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
