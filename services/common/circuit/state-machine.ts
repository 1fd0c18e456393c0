/** The circuit breaker's state machine: pure, so that every store and every process decides the same. */
import type { Circuit, CircuitKey, CircuitSnapshot, CircuitState, StoredCircuit } from "./types.ts";

/** Leave to make one call; its result counts only while the circuit is still in the generation that gave it. */
export interface Ticket {
  readonly generation: number;
  /** The call is the one that tries a half-open circuit. */
  readonly probe: boolean;
}

/** What becomes of a call. */
export type Admission =
  | { readonly kind: "run"; readonly ticket: Ticket }
  /** May run once `next` is stored: only one process succeeds in that. */
  | { readonly kind: "probe"; readonly ticket: Ticket; readonly next: Circuit }
  | { readonly kind: "refuse"; readonly since: number; readonly until: number; readonly probedBy: string | undefined };

/** How a call ended. `nothing`: it says nothing about the other end, e.g. the caller gave up. */
export type Outcome = { readonly kind: "success" } | { readonly kind: "failure"; readonly error: string } | { readonly kind: "nothing" };

/** A state at a moment, the passing of time applied. */
type Seen =
  | { readonly state: "CLOSED" }
  | { readonly state: "OPEN"; readonly openedAt: number; readonly until: number }
  | { readonly state: "HALF_OPEN"; readonly openedAt: number; readonly probe: { readonly holder: string; readonly until: number } | undefined };

function seen(state: CircuitState, coolDownMs: number, now: number): Seen {
  switch (state.kind) {
    case "closed":
      return { state: "CLOSED" };
    case "probing":
      if (now < state.until) return { state: "HALF_OPEN", openedAt: state.openedAt, probe: state };
      return seen({ kind: "open", failures: state.failures, openedAt: state.until }, coolDownMs, now);
    case "open": {
      const until = state.openedAt + coolDownMs;
      return now < until ? { state: "OPEN", openedAt: state.openedAt, until } : { state: "HALF_OPEN", openedAt: state.openedAt, probe: undefined };
    }
  }
}

/** Whether a call may be made now. @param limitMs how long a probe may take, after which its process is taken for dead */
export function admit(circuit: Circuit, now: number, holder: string, limitMs: number): Admission {
  const at = seen(circuit.state, circuit.thresholds.coolDownMs, now);
  if (at.state === "CLOSED") return { kind: "run", ticket: { generation: circuit.generation, probe: false } };
  if (at.state === "OPEN") return { kind: "refuse", since: at.openedAt, until: at.until, probedBy: undefined };
  if (at.probe !== undefined) return { kind: "refuse", since: at.openedAt, until: at.probe.until, probedBy: at.probe.holder };
  const next = entered(circuit, { kind: "probing", failures: circuit.state.failures, openedAt: at.openedAt, holder, until: now + limitMs });
  return { kind: "probe", ticket: { generation: next.generation, probe: true }, next };
}

/** The circuit after a call has ended; the same object when that changes nothing, as with a result that comes too late. */
export function settle(circuit: Circuit, ticket: Ticket, outcome: Outcome, now: number): Circuit {
  const { state, generation } = circuit;
  if (ticket.generation !== generation) return circuit;
  switch (state.kind) {
    case "closed":
      return settleClosed(circuit, state.failures, outcome, now);
    case "probing":
      if (now >= state.until) return circuit;
      if (outcome.kind === "success") return { ...entered(circuit, { kind: "closed", failures: 0 }), lastError: undefined };
      if (outcome.kind === "failure") return { ...entered(circuit, { kind: "open", failures: state.failures + 1, openedAt: now }), lastError: outcome.error };
      // Nothing was learned: the next call may try at once.
      return entered(circuit, { kind: "open", failures: state.failures, openedAt: state.openedAt });
    case "open":
      throw new Error(`no ticket is given out in generation ${generation}: the circuit is open`);
  }
}

function settleClosed(circuit: Circuit, failures: number, outcome: Outcome, now: number): Circuit {
  if (outcome.kind === "nothing") return circuit;
  if (outcome.kind === "success") return failures === 0 ? circuit : { ...circuit, state: { kind: "closed", failures: 0 }, lastError: undefined };
  const failed = { ...circuit, lastError: outcome.error };
  if (failures + 1 < circuit.thresholds.failures) return { ...failed, state: { kind: "closed", failures: failures + 1 } };
  return entered(failed, { kind: "open", failures: failures + 1, openedAt: now });
}

/** Closed by hand: what is under way counts no more. */
export function reset(circuit: Circuit): Circuit {
  return { ...entered(circuit, { kind: "closed", failures: 0 }), lastError: undefined };
}

function entered(circuit: Circuit, state: CircuitState): Circuit {
  return { ...circuit, state, generation: circuit.generation + 1 };
}

/** The circuit at a moment, as others are told of it. @param now default: when it was read */
export function snapshotOf({ key, circuit, now: readAt }: StoredCircuit, now = readAt): CircuitSnapshot {
  const { state, lastError, rejected, thresholds } = circuit;
  const at = seen(state, thresholds.coolDownMs, now);
  const until = at.state === "OPEN" ? at.until : at.state === "HALF_OPEN" ? at.probe?.until : undefined;
  return {
    key: { name: key.name, instance: key.instance },
    state: at.state,
    failures: state.failures,
    rejected,
    ...(at.state === "CLOSED" ? {} : { openedAt: new Date(at.openedAt) }),
    ...(until === undefined ? {} : { until: new Date(until) }),
    ...(lastError === undefined ? {} : { lastError }),
  };
}

/** `federation-link/FRA`. */
export function circuitName({ name, instance }: CircuitKey): string {
  return `${name}/${instance}`;
}
