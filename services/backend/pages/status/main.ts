import type { BreakerReport } from "../../../common/breaker/breaker.ts";
import type { HealthReport } from "../../../common/health/types.ts";
import type { LinkStatus } from "../../federation/view.ts";
import { byId, element, table } from "../shared/dom.ts";
import { ageText, timeText } from "../shared/words.ts";
import { circuitState, linkState, overallState, partState, stateMark } from "./states.ts";

/** Seconds between two looks. */
const INTERVAL_S = 10;

interface Health extends HealthReport {
  readonly timestamp: string;
  readonly uptime: number;
  readonly circuitBreakers: Readonly<Record<string, BreakerReport>>;
}

const overall = element("div", { role: "status", class: "overall" });
const parts = element("section", {});
const links = element("section", {});
const circuits = element("section", {});
const seen = element("p", { class: "small" });
byId("main").append(overall, parts, links, circuits, seen);
await look();
setInterval(() => void look(), INTERVAL_S * 1_000);

async function look(): Promise<void> {
  try {
    const [health, federation] = await Promise.all([get<Health>("/health/detailed", 200, 503), get<{ links: readonly LinkStatus[] }>("/api/federation/status", 200)]);
    showOverall(health, federation.links);
    showParts(health);
    showLinks(federation.links);
    showCircuits(health.circuitBreakers);
    seen.textContent = `As of ${new Date().toLocaleTimeString("en-GB")}; looked at again every ${INTERVAL_S} s. The backend has been running for ${Math.floor(health.uptime / 60)} min.`;
  } catch (error) {
    say(stateMark("bad", "No answer"), `The instance does not answer: ${error instanceof Error ? error.message : String(error)}. What is below is older.`);
  }
}

async function get<T>(path: string, ...expected: readonly number[]): Promise<T> {
  const response = await fetch(path, { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(8_000) });
  if (!expected.includes(response.status)) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as T;
}

function showOverall({ status, services }: Health, all: readonly LinkStatus[]): void {
  const troubled = Object.entries(services).filter(([, { status: state }]) => state !== "up").map(([name]) => name);
  const cut = all.filter(({ up, state }) => state === "ACTIVE" && !up);
  const text = [
    troubled.length === 0 ? "All parts are up." : `Not well: ${troubled.join(", ")}.`,
    all.length === 0 ? "There are no links." : cut.length === 0 ? "All links are up." : `Links that are down: ${cut.map(({ source, target }) => `${source} → ${target}`).join(", ")}.`,
  ].join(" ");
  // Healthy is what serves; who looks at this page wants to know of the links as well.
  say(status === "healthy" && cut.length > 0 ? stateMark("fair", "Healthy, but links are down") : overallState(status), text);
}

/** Only when it changed: a reader must not hear the same every few seconds. */
function say(mark: HTMLElement, text: string): void {
  if (overall.textContent !== `${mark.textContent}${text}`) overall.replaceChildren(mark, element("p", {}, text));
}

function showParts({ services }: Health): void {
  const rows = Object.entries(services).map(([name, part]) => [name, partState(part.status), `${part.responseTimeMs} ms`, part.error ?? "–"]);
  parts.replaceChildren(table("Parts", ["Part", "State", "Answered in", "Problem"], rows));
}

function showLinks(all: readonly LinkStatus[]): void {
  if (all.length === 0) return links.replaceChildren(element("h2", {}, "Links"), element("p", {}, "This instance is linked with nobody."));
  const rows = all.map((link) => {
    const { source, target, checkedAt, latencyMs, failure, verification, circuit } = link;
    return [
      `${source} → ${target}`, linkState(link),
      checkedAt === null ? "never" : `${ageText(checkedAt)}${latencyMs === null ? "" : `, ${Math.round(latencyMs)} ms`}`,
      verification === null ? "never" : `${verification.success ? "succeeded" : "failed"} ${ageText(verification.at)}`,
      circuit === null ? "at the partner" : circuitState(circuit.state),
      (failure ?? verification?.failure ?? "–").replaceAll("-", " ").replace(/^ $/, "–"),
    ];
  });
  links.replaceChildren(table("Links, each direction: whose people sign in where", ["Direction", "State", "Checked", "Real sign-in", "Circuit", "Problem"], rows));
}

function showCircuits(all: Health["circuitBreakers"]): void {
  if (Object.keys(all).length === 0) return circuits.replaceChildren();
  const rows = Object.entries(all).map(([name, { state, failures, rejected, since }]) => [name, circuitState(state), String(failures), String(rejected), timeText(since)]);
  circuits.replaceChildren(table("Circuit breakers to the parts", ["Circuit", "State", "Failures in a row", "Calls refused", "Since"], rows));
}
