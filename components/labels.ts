/** The labels that every container, network and volume carries, so that whatever belongs to a stack can be found by label alone. */
import type { Placement } from "./endpoints.ts";

/** One label as the docker provider takes it. */
export interface Label {
  readonly label: string;
  readonly value: string;
}

/** Labels of an object of `site`; `instance` is its code, or `shared` for what no single instance owns. Sorted, so that no diff comes from order. */
export function labelsFor(site: Omit<Placement, "bindAddresses" | "instanceName">, service: string, instance: string = site.code): Label[] {
  return [
    { label: "dive.instance", value: instance },
    { label: "dive.root", value: site.root },
    { label: "dive.service", value: service },
    { label: "dive.stack", value: site.stack },
  ];
}
