/** A process with a shared circuit breaker: `fork` it with {@link CircuitProcessOptions} as JSON in its first argument. */
import { readSnapshots, PersistentCircuitBreaker, PostgresCircuitStore, type CircuitKey, type CircuitSnapshot } from "@dive/common/circuit";
import { createPostgresPool } from "@dive/common/postgres";
import type { DatabaseLogin } from "../../dynamic/orchestration-schema/connection.ts";

/** How it is set up. */
export interface CircuitProcessOptions {
  readonly login: DatabaseLogin;
  readonly key: CircuitKey;
  readonly holder: string;
  readonly probeLimitMs: number;
}

/** What it is told. `hold`: the call goes on until `release`. */
export type CircuitCommand = { readonly id: number } & ({ readonly execute: "success" | "unavailable" | "hold" } | { readonly release: "success" | "unavailable" } | { readonly snapshot: true } | { readonly reset: true });

/** What it answers to a command, and that a held call has begun. */
export type CircuitAnswer = { readonly id: number } & ({ readonly begun: true } | { readonly done: true; readonly ms: number } | { readonly snapshot: CircuitSnapshot } | { readonly error: string; readonly code?: string; readonly ms: number });

const { login, key, holder, probeLimitMs } = JSON.parse(process.argv[2]!) as CircuitProcessOptions;
const pool = createPostgresPool({ ...login, ca: [login.caCertificate], applicationName: "dive-circuit-test" });
const store = new PostgresCircuitStore(pool.once);
const breaker = new PersistentCircuitBreaker({ key, store, holder, probeLimitMs });
const refused = () => Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
const tell = (answer: CircuitAnswer) => void process.send!(answer);
const held: ((end: "success" | "unavailable") => void)[] = [];

process.on("message", async (command: CircuitCommand) => {
  const { id } = command;
  const from = performance.now();
  const ms = () => performance.now() - from;
  try {
    if ("release" in command) held.splice(0).forEach((release) => release(command.release));
    if ("reset" in command) await breaker.reset();
    if ("snapshot" in command) {
      const [snapshot] = await readSnapshots(store, key.name);
      return tell({ id, snapshot: snapshot! });
    }
    if ("execute" in command) {
      await breaker.execute(async () => {
        if (command.execute === "unavailable") return refused();
        if (command.execute === "success") return;
        tell({ id, begun: true });
        if ((await new Promise((resolve) => held.push(resolve))) === "unavailable") await refused();
      });
    }
    tell({ id, done: true, ms: ms() });
  } catch (error) {
    const { code } = error as { code?: unknown };
    tell({ id, error: (error as Error).message, ms: ms(), ...(typeof code === "string" ? { code } : {}) });
  }
});
process.once("disconnect", () => void pool.close());
process.send!({ id: 0, done: true, ms: 0 } satisfies CircuitAnswer);
