/** A process with a shared circuit breaker whose calls its parent begins and ends one by one: `fork` it with {@link ModelProcessOptions} as JSON in its first argument. */
import { PersistentCircuitBreaker, PostgresCircuitStore, type CircuitKey } from "@dive/common/circuit";
import { createPostgresPool } from "@dive/common/postgres";
import { ERRORS, type End } from "../../services/common/testing/circuit-model.ts";
import type { DatabaseLogin } from "../../dynamic/orchestration-schema/connection.ts";

/** How it is set up. */
export interface ModelProcessOptions {
  readonly login: DatabaseLogin;
  readonly holder: string;
  readonly probeLimitMs: number;
}

/** What it is told, each with the time that its breaker takes for now, in milliseconds. `meet`: a new breaker; calls under way are forgotten. */
export type ModelCommand = { readonly id: number; readonly now: number } & (
  | { readonly meet: { readonly key: CircuitKey; readonly failures: number; readonly coolDownMs: number } }
  | { readonly begin: number }
  | { readonly end: number; readonly how: End }
  | { readonly reset: true }
  | { readonly snapshot: true }
);

/** What it answers: how a call began or ended, as its error's code or one word, and what it sees of the circuit. */
export interface ModelAnswer {
  readonly id: number;
  readonly word?: string;
  readonly snapshot?: { readonly state: string; readonly failures: number; readonly rejected: number; readonly openedAt?: number | undefined; readonly until?: number | undefined };
}

interface Call {
  readonly abort: AbortController;
  readonly done: Promise<string>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const { login, holder, probeLimitMs } = JSON.parse(process.argv[2]!) as ModelProcessOptions;
const pool = createPostgresPool({ ...login, ca: [login.caCertificate], applicationName: "dive-circuit-model", max: 2 });
const store = new PostgresCircuitStore(pool.once);
const calls = new Map<number, Call>();
let now = 0;
let breaker: PersistentCircuitBreaker;

process.on("message", async (command: ModelCommand) => {
  now = command.now;
  process.send!({ id: command.id, ...(await answer(command)) } satisfies ModelAnswer);
});
process.once("disconnect", () => process.exit());
process.send!({ id: 0 } satisfies ModelAnswer);

async function answer(command: ModelCommand): Promise<Omit<ModelAnswer, "id">> {
  if ("meet" in command) {
    const { key, failures, coolDownMs } = command.meet;
    calls.clear();
    breaker = new PersistentCircuitBreaker({ key, store, holder, probeLimitMs, thresholds: { failures, coolDownMs }, clock: { now: () => now } });
    return {};
  }
  if ("begin" in command) return { word: await begin(command.begin) };
  if ("end" in command) return { word: await end(calls.get(command.end)!, command.how) };
  if ("reset" in command) return { word: await breaker.reset().then(() => "reset") };
  const { state, failures, rejected, openedAt, until } = await breaker.snapshot();
  return { snapshot: { state, failures, rejected, openedAt: openedAt?.getTime(), until: until?.getTime() } };
}

/** Resolves as soon as the work has begun, or with the code of what refused it. */
function begin(id: number): Promise<string> {
  const abort = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { promise: begun, resolve: start } = Promise.withResolvers<string>();
  const done = breaker.execute(() => (start("begun"), promise), abort.signal).then(() => "success", (error: unknown) => wordFor(error, abort.signal));
  calls.set(id, { abort, done, resolve, reject });
  return Promise.race([begun, done]);
}

function end({ abort, done, resolve, reject }: Call, how: End): Promise<string> {
  if (how === "success") resolve();
  else if (how === "aborted") {
    abort.abort();
    reject(abort.signal.reason);
  } else reject(ERRORS[how]);
  return done;
}

/** The name of an error of the model, else the error's code or text: an error does not come through to the parent. */
function wordFor(error: unknown, signal: AbortSignal): string {
  if (signal.aborted && error === signal.reason) return "aborted";
  const known = Object.entries(ERRORS).find(([, one]) => one === error)?.[0];
  return known ?? String((error as { code?: unknown }).code ?? error);
}
