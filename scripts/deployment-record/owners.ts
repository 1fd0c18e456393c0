import { describeUrn, type StepMetadata } from "../engine/events.ts";

/** The instances of a stack, as its configuration names them. */
export interface Topology {
  /** Code of the hub, upper case; undefined in a stack that has none. */
  readonly hub: string | undefined;
  /** Codes of the spokes, upper case. */
  readonly spokes: readonly string[];
}

/** Every code of a topology, the hub's first. */
export const codesOf = ({ hub, spokes }: Topology): string[] => [...(hub === undefined ? [] : [hub]), ...spokes];

/** Parents that the engine told so far: URN of the child to URN of the parent. */
export type Parents = ReadonlyMap<string, string>;

/** Takes the parent that an event tells into account. */
export function learnParent(parents: Parents, { urn, new: after, old: before }: StepMetadata): Parents {
  const parent = after?.parent ?? before?.parent;
  return parent === undefined || parent === "" || parents.has(urn) ? parents : new Map(parents).set(urn, parent);
}

/**
 * The instances that a resource belongs to: that of the Hub or Spoke above it; of a federation link the side whose half it lies in, else
 * both. None for what the whole stack shares.
 */
export function ownersOf(urn: string, parents: Parents, topology: Topology): string[] {
  let side: string | undefined;
  for (let at: string | undefined = urn; at !== undefined; at = parents.get(at)) {
    const { type, name } = describeUrn(at);
    if (type === "dive:index:Hub") return topology.hub === undefined ? [] : [topology.hub];
    if (type === "dive:index:Spoke") return known([name.replace(/^spoke-/, "")], topology);
    if (type === "dive:index:FederationHalf") side = /-at-([a-z]+)$/.exec(name)?.[1];
    if (type === "dive:index:HubLinkSide") return codesOf({ hub: topology.hub, spokes: [] });
    if (type === "dive:index:SpokeLinkSide") return known([name.replace(/^link-/, "")], topology);
    if (type === "dive:index:FederationLink") return side === undefined ? [...codesOf({ hub: topology.hub, spokes: [] }), ...known([name.replace(/^link-/, "")], topology)] : known([side], topology);
  }
  return [];
}

/** Codes in the topology's own spelling; one that was just taken out of the configuration keeps its own name. */
function known(names: readonly string[], topology: Topology): string[] {
  return names.map((name) => codesOf(topology).find((code) => code === name.toUpperCase()) ?? name.toUpperCase());
}
