/** The breakers of two real processes, on a real PostgreSQL, against the model of `model.test.ts`. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withConnection } from "../../../dynamic/orchestration-schema/connection.ts";
import { migrate } from "../../../dynamic/orchestration-schema/migrate.ts";
import { readMigrations } from "../../../dynamic/orchestration-schema/migrations.ts";
import type { ModelAnswer, ModelCommand, ModelProcessOptions } from "../../../tests/support/circuit-model-process.ts";
import { orchestrationDatabase, type OrchestrationDatabase } from "../../../tests/support/orchestration-database.ts";
import { CircuitModel, COOL_DOWN, events, PROBE_LIMIT } from "../testing/circuit-model.ts";

const RUNS = process.env["DIVE_TEST_ALL"] ? 10_000 : 100;
/** Milliseconds of the breakers' time to one of the model's: no limit of a real timer may strike within a history. */
const UNIT_MS = 1_000;
/** Every so often a crash is a real one, by SIGKILL; in between the process forgets everything, which is the same to the circuit. */
const CRASHES_A_KILL = 50;

/** A process, told one thing after the other. */
class Told {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: ModelAnswer) => void>();
  #ids = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (answer: ModelAnswer) => {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  static async start(login: ModelProcessOptions["login"], holder: string): Promise<Told> {
    const options: ModelProcessOptions = { login, holder, probeLimitMs: PROBE_LIMIT * UNIT_MS };
    const child = fork(new URL("../../../tests/support/circuit-model-process.ts", import.meta.url), [JSON.stringify(options)]);
    await once(child, "message");
    return new Told(child);
  }

  tell(command: ModelCommand extends infer C ? (C extends unknown ? Omit<C, "id"> : never) : never): Promise<ModelAnswer> {
    const id = ++this.#ids;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ ...command, id });
    });
  }

  async kill(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }
}

let db: OrchestrationDatabase;
const processes: Told[] = [];
const start = (n: number) => Told.start(db.login("orchestration_service"), `process ${n}`);

beforeAll(async () => {
  db = await orchestrationDatabase();
  await withConnection(db.login("orchestration"), 60, (client) => migrate(client, readMigrations()));
  processes.push(...(await Promise.all([start(0), start(1)])));
});
afterAll(async () => {
  await Promise.all(processes.map((one) => one.kill()));
  await db[Symbol.asyncDispose]();
});

test(`in ${RUNS} random histories of two processes, both always see what the model says`, async () => {
  let histories = 0, crashes = 0, kills = 0, opened = 0, probed = 0, refused = 0;
  await fc.assert(fc.asyncProperty(events, fc.integer({ min: 1, max: 5 }), async (history, failures) => {
    const model = new CircuitModel(failures);
    const now = () => model.now * UNIT_MS;
    // A circuit of its own for each history: three letters have more combinations than there are histories.
    const n = histories++ % 26 ** 3;
    const key = { name: "federation-link", instance: [n / 676, n / 26, n].map((digit) => String.fromCharCode(65 + (Math.floor(digit) % 26))).join("") };
    const meet = (one: Told) => one.tell({ now: now(), meet: { key, failures, coolDownMs: COOL_DOWN * UNIT_MS } });
    await Promise.all(processes.map(meet));
    let calls: { id: number; process: 0 | 1; era: number }[] = [];
    for (const [id, event] of history.entries()) {
      if (event.kind === "pass") model.pass(event.time);
      else if (event.kind === "crash") {
        calls = calls.filter((call) => call.process !== event.process);
        if (++crashes % CRASHES_A_KILL === 0) {
          kills++;
          await processes[event.process]!.kill();
          processes[event.process] = await start(event.process);
        }
        await meet(processes[event.process]!);
      } else if (event.kind === "reset") {
        await processes[event.process]!.tell({ now: now(), reset: true });
        model.close();
        model.era++;
      } else if (event.kind === "begin") {
        const admitted = model.begin();
        const { word } = await processes[event.process]!.tell({ now: now(), begin: id });
        if (admitted === "refused") {
          expect(word).toBe("DIVE_ERR_CIRCUIT_OPEN");
          refused++;
        } else {
          expect(word).toBe("begun");
          if (admitted.probe) probed++;
          calls.push({ id, process: event.process, era: admitted.era });
        }
      } else if (calls.length > 0) {
        const [call] = calls.splice(event.which % calls.length, 1) as [(typeof calls)[number]];
        const { word } = await processes[call.process]!.tell({ now: now(), end: call.id, how: event.end });
        expect(word).toBe(event.end);
        const before = model.phase;
        model.end(call.era, event.end);
        if (before !== "open" && model.phase === "open") opened++;
      }
      const { openedAt, until, ...expected } = model.snapshot();
      const times = { openedAt: openedAt === undefined ? undefined : openedAt * UNIT_MS, until: until === undefined ? undefined : until * UNIT_MS };
      for (const { snapshot } of await Promise.all(processes.map((one) => one.tell({ now: now(), snapshot: true })))) expect(snapshot).toEqual({ ...expected, ...times });
    }
  }), { numRuns: RUNS });
  // The histories are worth something; the first ones, which are all of a short run, are the simplest.
  expect({ opened: opened > RUNS / 5, probed: probed > RUNS / 20, refused: refused > RUNS / 5, killed: kills > 0 }).toEqual({ opened: true, probed: true, refused: true, killed: true });
}, 60 * 60_000);
