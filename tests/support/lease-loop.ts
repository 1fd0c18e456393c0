// Run as a process of its own: takes and gives back a lease many times, and while it holds it adds one to a counter, by reading and then writing.
// It says when it is ready, and begins when its input ends, so that several begin together.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Access } from "../../scripts/deployment-record/database.ts";
import { connect } from "../../scripts/deployment-record/database.ts";
import { ownIdentity } from "../../scripts/deployment-record/identity.ts";
import { releaseLease, takeLease } from "../../scripts/deployment-record/leases.ts";

const { access, ca, times } = JSON.parse(process.argv[2]!) as { access: Access; ca: string; times: number };
const db = await connect(access, "owner", ca);
const own = await ownIdentity("dev", "/a/clone");
process.stdout.write("ready\n");
await once(process.stdin.resume(), "end");
let refused = 0;
for (let done = 0; done < times; ) {
  const run = randomUUID();
  if ((await takeLease(db, "USA", run, own)) !== undefined) {
    refused += 1;
    continue;
  }
  const { rows } = await db.query("SELECT value FROM counter");
  await db.query("UPDATE counter SET value = $1", [Number((rows[0] as { value: number }).value) + 1]);
  await releaseLease(db, "USA", run);
  done += 1;
}
await db.end();
process.stdout.write(`refused ${refused}`);
