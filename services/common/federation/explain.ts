import type { LinkHalf } from "./check-link.ts";
import type { HttpClient } from "./http.ts";
import { describeBroker } from "./keycloak-admin.ts";
import { describeError } from "./probe-error.ts";

/** What the admin interfaces of these halves say about their brokers; empty when there is none to ask. */
export async function explainFailure(http: HttpClient, halves: readonly LinkHalf[], signal: AbortSignal): Promise<string> {
  const sentences = await Promise.all(halves.map(async ({ own, admin }) => {
    if (!admin) return "";
    try {
      return await describeBroker(http, admin, own.realm, own.brokerAlias, signal);
    } catch (error) {
      return `nothing about ${own.brokerAlias} at ${own.code} (${describeError(error)})`;
    }
  }));
  return sentences.filter((sentence) => sentence !== "").join("; ");
}

/** What an operator runs next. */
export function nextCommands(failed: readonly LinkHalf[], circuitOpen: boolean): string {
  const codes = [...new Set(failed.flatMap(({ own, partner }) => [own.code, partner.code]))];
  const look = `./dive federation status, and ${codes.map((code) => `./dive logs ${code.toLowerCase()} keycloak`).join(" or ")}`;
  const spokes = [...new Set(failed.map(({ partner }) => partner.code))];
  const reset = circuitOpen ? `${spokes.map((code) => `./dive federation reset-circuit ${code}`).join(", ")}, then ` : "";
  return `${look}; when the cause is gone: ${reset}./dive up`;
}
