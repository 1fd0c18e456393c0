import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { accessControlList } from "../../../components/blacklist-redis.ts";
import type { Site } from "../../../components/endpoints.ts";
import { testRedis, type TestRedis } from "../../../tests/support/redis-server.ts";
import { connectionBehaviour } from "../redis/index.ts";
import { keyOf, streamOf } from "./entry.ts";
import { RevocationReader } from "./reader.ts";
import { RevocationView } from "./view.ts";
import { RevocationUnavailableError, RevocationWriter } from "./writer.ts";

const ORIGINS = ["usa", "fra", "deu"];
const passwordOf = (origin: string) => `password-of-${origin}`;
const federation = { own: "usa", hub: "usa", origins: ORIGINS.map((origin) => ({ origin, issuer: `https://${origin}.test` })) };
const logger = { info: () => undefined, warn: () => undefined } as never;
/** As the services connect: commands fail at once without a connection, and after 2 s without an answer. */
const asService = { ...connectionBehaviour, commandTimeout: 2_000, retryStrategy: () => 50 };

let server: TestRedis;
const open: { end(): void }[] = [];

beforeAll(async () => {
  const origins = ORIGINS.map((origin) => ({ site: { code: origin.toUpperCase() } as Site, passwordSha256: createHash("sha256").update(passwordOf(origin)).digest("hex") }));
  const acl = await new Promise<string>((resolve) => accessControlList(origins).apply(resolve) as pulumi.Output<unknown>);
  server = await testRedis(acl);
}, 60_000);
afterAll(async () => {
  for (const one of open) one.end();
  await server[Symbol.asyncDispose]();
});

function client(origin: string): Redis {
  const redis = server.client(origin, passwordOf(origin), asService);
  redis.on("error", () => undefined); // the tests stop the server; what is lost is asserted where it matters
  open.push({ end: () => redis.disconnect() });
  return redis;
}

/** A writer that is connected. */
async function writer(origin = "usa"): Promise<RevocationWriter> {
  const redis = client(origin);
  await vi.waitFor(() => expect(redis.status).toBe("ready"));
  return new RevocationWriter({ redis, origin });
}

function reader(origin = "usa") {
  const view = new RevocationView({ ...federation, own: origin });
  const [redis, subscriber] = [client(origin), client(origin)];
  const reading = new RevocationReader({ view, redis, subscriber, origins: ORIGINS, logger });
  reading.start();
  open.push({ end: () => reading.stop() });
  return { view, subscriber, reading };
}

const fresh = (view: RevocationView) => vi.waitFor(() => expect(view.ageMs).toBeLessThan(5_000), { timeout: 15_000, interval: 20 });
const sees = (view: RevocationView, jti: string) => vi.waitFor(() => expect(view.verdict({ iss: "https://usa.test", jti }).revoked).toBe(true), { timeout: 15_000, interval: 5 });
const token = (jti: string) => ({ kind: "token", issuer: "https://usa.test", jti }) as const;

describe("revocations on a real Redis", () => {
  test("one made at the hub reaches a reader at a spoke, and one that starts later; key, stream and TTL are there", async () => {
    const hub = await writer();
    const { view } = reader("fra");
    await fresh(view);
    const { expiresAt, revokedAt } = await hub.revoke(token("t1"), { by: "usa:admin", expiresAt: Date.now() + 600_000 });
    await sees(view, "t1");
    await sees(reader("fra").view, "t1");
    const redis = client("fra");
    await vi.waitFor(() => expect(redis.status).toBe("ready"));
    const lasts = await redis.ttl(keyOf("usa", token("t1")));
    expect(Math.abs(lasts - ((expiresAt - revokedAt) / 1_000 + 60))).toBeLessThanOrEqual(2);
    expect(await redis.xlen(streamOf("usa"))).toBe(1);
  });

  test("an origin can neither write what is another's, nor delete, nor trim; what it says on another's channel is not believed", async () => {
    const fra = client("fra");
    await vi.waitFor(() => expect(fra.status).toBe("ready"));
    await expect(fra.set(keyOf("usa", token("t1")), "x")).rejects.toThrow("NOPERM");
    await expect(fra.xadd(streamOf("usa"), "*", "r", "{}")).rejects.toThrow("NOPERM");
    await expect(fra.del(keyOf("fra", token("t1")))).rejects.toThrow("NOPERM");
    await expect(fra.xtrim(streamOf("fra"), "MAXLEN", 0)).rejects.toThrow("NOPERM");
    await expect(fra.flushall()).rejects.toThrow("NOPERM");
    await expect(fra.config("GET", "*")).rejects.toThrow("NOPERM");
    const { view } = reader("fra");
    await fresh(view);
    expect(await fra.publish("revocations:usa", JSON.stringify({ ...token("forged"), revokedAt: 1, expiresAt: Date.now() + 60_000, by: "usa:admin" }))).toBeGreaterThan(0);
    await (await writer()).revoke(token("true"), { by: "usa:admin" });
    await sees(view, "true");
    expect(view.verdict({ iss: "https://usa.test", jti: "forged" }).revoked).toBe(false);
  });

  test("reconnects of a subscriber while revocations are made lose none", async () => {
    const rounds = process.env["DIVE_TEST_ALL"] ? 1_000 : 100;
    const hub = await writer();
    const { view, subscriber } = reader();
    await fresh(view);
    const made: Promise<unknown>[] = [];
    for (let n = 0; n < rounds; n++) {
      const ready = new Promise((resolve) => subscriber.once("ready", resolve));
      made.push(hub.revoke(token(`r${n}`), { by: "usa:admin" }));
      subscriber.disconnect(true);
      await ready;
    }
    await Promise.all(made);
    for (let n = 0; n < rounds; n++) await sees(view, `r${n}`);
  });

  test("revocations of a hub and two spokes, all at once, reach both services of each: none is lost", async () => {
    const each = Math.ceil((process.env["DIVE_TEST_ALL"] ? 10_000 : 300) / ORIGINS.length);
    const services = ORIGINS.flatMap((origin) => [reader(origin), reader(origin)]);
    for (const { view } of services) await fresh(view);
    await Promise.all(ORIGINS.map(async (origin) => {
      const own = await writer(origin);
      for (let n = 0; n < each; n++) await own.revoke({ kind: "token", issuer: `https://${origin}.test`, jti: `${origin}-${n}` }, { by: `${origin}:admin` });
    }));
    const missing = () => services.map(({ view }) => ORIGINS.flatMap((origin) => Array.from({ length: each }, (_, n) => ({ iss: `https://${origin}.test`, jti: `${origin}-${n}` })))
      .filter((claims) => !view.verdict(claims).revoked).length);
    // A spoke's word counts for its own realm's tokens everywhere, and the hub's for all.
    await vi.waitFor(() => expect(missing()).toEqual(services.map(() => 0)), { timeout: 15_000, interval: 100 });
  });

  test("the server killed: views become stale and writing fails loudly; started again: fresh, and nothing is un-revoked", async () => {
    const hub = await writer();
    const { view } = reader();
    await fresh(view);
    await hub.revoke(token("before"), { by: "usa:admin" });
    await server.kill();
    await expect(hub.revoke(token("during"), { by: "usa:admin" })).rejects.toBeInstanceOf(RevocationUnavailableError);
    await vi.waitFor(() => expect(view.verdict({}).stale).toBe(true), { timeout: 15_000, interval: 50 });
    expect(view.verdict({ iss: "https://usa.test", jti: "before" })).toMatchObject({ revoked: true, stale: true });
    await server.start();
    await fresh(view);
    const late = reader().view;
    await fresh(late);
    await sees(late, "before");
    await sees(late, "t1");
  });
});
