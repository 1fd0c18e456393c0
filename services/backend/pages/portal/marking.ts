import { CLASSIFICATIONS, type Classification } from "../../../common/label/security-label.ts";
import { byId, element } from "../shared/dom.ts";
import type { ResourceView } from "./api.ts";

/** The marking in words; the classification alone where the policy has no phrase for the label. */
export function markingText({ displayMarking, classification }: Pick<ResourceView, "displayMarking" | "classification">): string {
  return displayMarking ?? levelText(classification);
}

/** A level in words. */
export function levelText(classification: Classification): string {
  return classification.replaceAll("_", " ");
}

/** A marking beside other text. Its colour repeats what its words say. */
export function markingBadge(resource: Pick<ResourceView, "displayMarking" | "classification">): HTMLElement {
  return element("span", { class: "badge", "data-level": resource.classification }, markingText(resource));
}

/** The highest of several levels. */
export function highest(levels: readonly Classification[]): Classification {
  return CLASSIFICATIONS[Math.max(0, ...levels.map((level) => CLASSIFICATIONS.indexOf(level)))] ?? "UNCLASSIFIED";
}

/** Marks the whole page, above and below. */
export function markPage(classification: Classification, text = levelText(classification)): void {
  for (const id of ["marking-top", "marking-bottom"]) {
    const banner = byId(id);
    banner.dataset["level"] = classification;
    banner.textContent = text;
  }
}
