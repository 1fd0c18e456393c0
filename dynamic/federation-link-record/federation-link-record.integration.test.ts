import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LinkStore, type LinkHealth, type Partner } from "@dive/common/federation";
import { createPostgresPool, type PostgresPool } from "@dive/common/postgres";
import { orchestrationDatabase, type OrchestrationDatabase } from "../../tests/support/orchestration-database.ts";
import { withConnection } from "../orchestration-schema/connection.ts";
import { migrate } from "../orchestration-schema/migrate.ts";
import { readMigrations } from "../orchestration-schema/migrations.ts";
import { provider, type FederationLinkRecordInputs } from "./provider.ts";

let db: OrchestrationDatabase;
let service: PostgresPool;

beforeAll(async () => {
  db = await orchestrationDatabase();
  const { caCertificate, ...login } = db.login("orchestration_service");
  service = createPostgresPool({ ...login, ca: [caCertificate], applicationName: "test" });
});
afterAll(async () => {
  await service.close();
  await db[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await db.empty();
  await withConnection(db.login("orchestration"), 10, (client) => migrate(client, readMigrations()));
});

const FRA: Partner = {
  code: "FRA", role: "spoke", realm: "r-fra", issuer: "https://f/realms/r-fra", keycloakUrl: "https://f", keycloakInternalUrl: "https://fra-keycloak:8443", clientId: "c",
  redirectUri: "https://b/callback", backendInternalUrl: "https://fra-backend:4000", brokerAliasThere: "usa-idp", brokerAliasHere: "fra-idp", state: "ACTIVE",
};
function inputs(partner: Partial<Partner> = {}): FederationLinkRecordInputs {
  const { caCertificate, ...database } = db.login("orchestration");
  return { version: 1, own: "USA", partner: { ...FRA, ...partner }, database, caCertificate };
}
const health = (change: Partial<LinkHealth> = {}): LinkHealth => ({ source: "FRA", target: "USA", kind: "link", checkedAt: new Date("2026-11-24T00:00:00Z"), latencyMs: 12, brokerConfigured: true, reportedBy: "USA", ...change });

describe("a link's record", () => {
  test("is written, read back without a change, renewed and removed with its health", async () => {
    const store = new LinkStore(service, "USA");
    const { id, outs } = await provider.create(inputs());
    expect(await store.partners()).toEqual([FRA]);
    expect(await store.links()).toEqual([{ source: "FRA", target: "USA", partner: "FRA", state: "ACTIVE" }, { source: "USA", target: "FRA", partner: "FRA", state: "ACTIVE" }]);
    expect(await provider.diff(id, outs, inputs())).toEqual({ changes: false });
    expect(await provider.read(id, outs)).toEqual({ id, props: outs });

    await store.record(health());
    await provider.update(id, outs, inputs({ state: "STOPPED", clientId: "d" }));
    expect(await store.partners()).toEqual([{ ...FRA, state: "STOPPED", clientId: "d" }]);
    expect(await store.health()).toHaveLength(1);
    const read = await provider.read(id, outs);
    expect(await provider.diff(id, read.props, inputs())).toEqual({ changes: true });

    await provider.delete(id, outs);
    expect([await store.partners(), await store.links(), await store.health()]).toEqual([[], [], []]);
    expect(await provider.read(id, outs)).toEqual({ id: "" });
  });

  test("keeps the last result of each check; an older one, and one without a link, changes nothing", async () => {
    const store = new LinkStore(service, "USA");
    await store.record(health());
    expect(await store.health()).toEqual([]);
    await provider.create(inputs());
    const [first, later] = [new Date("2026-11-24T00:00:00Z"), new Date("2026-11-24T00:00:30Z")];
    await store.record(health({ checkedAt: first }));
    await store.record(health({ checkedAt: later, failure: "unavailable", error: "refused", latencyMs: undefined, brokerConfigured: undefined }));
    await store.record(health({ checkedAt: first, latencyMs: 99 }));
    await store.record(health({ kind: "verification", checkedAt: first }));
    expect(await store.health()).toEqual([
      health({ checkedAt: later, failure: "unavailable", error: "refused", lastSuccessAt: first }),
      health({ kind: "verification", checkedAt: first, failure: undefined, error: undefined, lastSuccessAt: first }),
    ]);
  });

  test("is the deployment's to write: the backend's role may record health and nothing else", async () => {
    await expect(new LinkStore(service, "USA").save(FRA)).rejects.toThrow("permission denied");
    await provider.create(inputs());
    await expect(service.query("UPDATE orchestration.federation_links SET state = 'STOPPED'")).rejects.toThrow("permission denied");
    await expect(service.query("DELETE FROM orchestration.federation_health")).rejects.toThrow("permission denied");
  });

  test("is made active by the backend where it is pending, and not otherwise", async () => {
    const store = new LinkStore(service, "USA");
    const states = async () => (await service.query("SELECT DISTINCT state FROM orchestration.federation_links")).rows.map(({ state }) => state as string);
    await provider.create(inputs({ state: "STOPPED" }));
    expect([await store.activate("FRA"), await states()]).toEqual([false, ["STOPPED"]]);
    await provider.delete("", inputs());
    await provider.create(inputs({ state: "PENDING" }));
    expect([await store.activate("FRA"), await store.activate("FRA"), await states()]).toEqual([true, false, ["ACTIVE"]]);
  });

  test("remembers a partner's keys until the partner goes", async () => {
    const { caCertificate, ...login } = db.login("orchestration");
    const owner = createPostgresPool({ ...login, ca: [caCertificate], applicationName: "test", max: 1 });
    try {
      const keys = new LinkStore(owner, "USA").keysOf("FRA");
      expect(await keys.known()).toBeUndefined();
      await provider.create(inputs());
      expect(await keys.known()).toBeUndefined();
      await keys.remember(["a", "b"]);
      expect(await keys.known()).toEqual(["a", "b"]);
      await provider.update("", {}, inputs({ state: "STOPPED" }));
      expect(await keys.known()).toEqual(["a", "b"]);
    } finally {
      await owner.close();
    }
  });

  test.each<[string, Partial<Partner>]>([["a code of four letters", { code: "FRAN" }], ["itself as partner", { code: "USA" }], ["an address without TLS", { keycloakUrl: "http://f" }], ["no such state", { state: "UP" as Partner["state"] }]])(
    "refuses %s, in the program and in the database", async (_what, change) => {
      expect((await provider.check({}, inputs(change))).failures).not.toEqual([]);
      await expect(provider.create(inputs(change))).rejects.toThrow(/violates check constraint|duplicate|cannot affect row a second time/);
    });
});

describe("the pool", () => {
  test("survives connections that the server cuts, and says that they were", async () => {
    const told: string[] = [];
    const note = ({ event }: { event?: string }) => void told.push(event ?? "");
    const { caCertificate, ...login } = db.login("orchestration_service");
    const pool = createPostgresPool({ ...login, ca: [caCertificate], applicationName: "cut-me", max: 2, logger: { debug: note, info: note, warn: note, error: note } as never });
    try {
      await pool.query("SELECT 1");
      for (let n = 0; n < 3; n++) {
        await db.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cut-me'");
        expect((await pool.query("SELECT 2 AS two")).rows).toEqual([{ two: 2 }]);
      }
      const waiting = pool.query("SELECT pg_sleep(1), 3 AS three");
      await expect.poll(() => db.query("SELECT pg_terminate_backend(pid) AS cut FROM pg_stat_activity WHERE application_name = 'cut-me' AND query LIKE '%pg_sleep%' AND state = 'active'")).toEqual([{ cut: true }]);
      expect((await waiting).rows).toMatchObject([{ three: 3 }]);
      expect(told).toEqual(expect.arrayContaining(["connected", "disconnected"]));
    } finally {
      await pool.close();
    }
  });

  test("gives a statement five seconds, and does not repeat one that failed by itself", async () => {
    await expect(service.query("SELECT pg_sleep(8)")).rejects.toThrow("canceling statement due to statement timeout");
    await expect(service.query("SELECT nothing")).rejects.toMatchObject({ code: "42703" });
  });

  test("a server that is down is an error after five repetitions, and logged as such", async () => {
    const told: unknown[] = [];
    const note = (entry: object) => void told.push(entry);
    const { caCertificate, ...login } = db.login("orchestration_service");
    const pool = createPostgresPool({ ...login, port: 1, ca: [caCertificate], applicationName: "test", logger: { debug: note, info: note, warn: note, error: note } as never });
    await expect(pool.query("SELECT 1")).rejects.toThrow("ECONNREFUSED");
    expect(told).toContainEqual(expect.objectContaining({ event: "reconnect_failed", attempts: 6 }));
    await pool.close();
  });
});
