import type { BreakerState } from "../../../common/breaker/breaker.ts";
import type { PartStatus, ServiceStatus } from "../../../common/health/types.ts";
import type { LinkStatus } from "../../federation/view.ts";
import { element } from "../shared/dom.ts";

/** How a state is to be taken. */
type Mood = "good" | "fair" | "bad" | "none";

/** Each mood has a shape of its own, so that colour is not needed to tell them apart. */
const SHAPES: Readonly<Record<Mood, string>> = { good: "●", fair: "▲", bad: "■", none: "○" };

/** A state as shape and word. */
export function stateMark(mood: Mood, text: string): HTMLElement {
  return element("span", { class: "state", "data-mood": mood }, element("span", { "aria-hidden": "true" }, SHAPES[mood]), ` ${text}`);
}

export function overallState(status: ServiceStatus): HTMLElement {
  const [mood, text] = ({ healthy: ["good", "Healthy"], degraded: ["fair", "Degraded"], unhealthy: ["bad", "Unhealthy"] } as const)[status];
  return stateMark(mood, text);
}

export function partState(status: PartStatus): HTMLElement {
  const [mood, text] = ({ up: ["good", "Up"], degraded: ["fair", "Degraded"], down: ["bad", "Down"] } as const)[status];
  return stateMark(mood, text);
}

export function circuitState(state: BreakerState): HTMLElement {
  const [mood, text] = ({ CLOSED: ["good", "Closed"], HALF_OPEN: ["fair", "Half open"], OPEN: ["bad", "Open"] } as const)[state];
  return stateMark(mood, text);
}

/** A link that is pending or stopped is neither up nor down. */
export function linkState({ state, up }: Pick<LinkStatus, "state" | "up">): HTMLElement {
  if (state !== "ACTIVE") return stateMark("none", state === "PENDING" ? "Pending" : "Stopped");
  return up ? stateMark("good", "Up") : stateMark("bad", "Down");
}
