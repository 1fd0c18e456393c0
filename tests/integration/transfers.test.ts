import { beforeAll, expect, inject, test } from "vitest";
import { realmAdmin } from "../support/admin.ts";
import { containerOf } from "../support/containers.ts";
import { docker } from "../support/docker.ts";
import { call, download, uploadForm } from "../support/documents.ts";
import { login, type LoggedIn } from "../support/login.ts";

// Proves that many large transfers at once cost nobody the service: some are refused, the others end well, and memory stays within its limit.
const stack = inject("stack");
const usa = stack.instances["USA"]!;
const LIMIT = { timeout: 180_000 };
/** Uploads of one person at a time that are taken, see `services/backend/resources/transfer-places.ts`. */
const OF_PERSON = 6;
const EACH = 8;
const SIZE = 5 * 1024 * 1024;

let people: LoggedIn[];
beforeAll(async () => {
  // Other tests give wrong passwords and codes on purpose, and Keycloak then keeps those users out for a while.
  await (await realmAdmin(stack, "USA")).attackDetection.delAll({ realm: usa.realm });
  people = await Promise.all(Object.entries(stack.users["USA"]!).map(([username, { password }]) => login({ site: usa, username, password })));
}, LIMIT.timeout);

test("40 uploads of 5 MiB at once, by five people: each has six of them at least, all are whole, and the backend has not been restarted", LIMIT, async () => {
  const backend = docker.getContainer(await containerOf(stack.name, "USA", "backend"));
  const { State: { StartedAt } } = await backend.inspect();
  const content = new Uint8Array(SIZE).fill(7);
  const label = { classification: "UNCLASSIFIED", releasabilityTo: ["USA"] };
  const send = async (who: LoggedIn, n: number) => {
    const answer = call(usa.backendUrl, "/api/upload", who, { method: "POST", body: uploadForm(`one of many, ${n}`, label, content), signal: AbortSignal.timeout(LIMIT.timeout) });
    // Who is refused while still sending may find the connection closed before the answer is read.
    return answer.then(({ status, body }) => ({ status, body }), (error: unknown) => ({ status: "cut off", body: { error: String(error) } }));
  };
  const answers = await Promise.all(people.map((who) => Promise.all(Array.from({ length: EACH }, (_, n) => send(who, n)))));
  for (const [n, ofPerson] of answers.entries()) {
    const stored = ofPerson.filter(({ status }) => status === 201);
    expect(stored.length, JSON.stringify(ofPerson.map(({ status, body }) => [status, (body as { code?: unknown }).code]))).toBeGreaterThanOrEqual(OF_PERSON);
    for (const { status, body } of ofPerson) if (status !== 201 && status !== "cut off") expect([status, (body as { code?: unknown }).code]).toEqual([429, "DIVE_ERR_TRANSFERS_OF_PERSON"]);
    const id = (stored[0]!.body as { resourceId: string }).resourceId;
    const read = await download(usa, people[n]!, id);
    expect(read.status === 200 && "payload" in read && read.payload.byteLength).toBeGreaterThan(SIZE);
  }
  expect((await backend.inspect()).State.StartedAt).toBe(StartedAt);
});
