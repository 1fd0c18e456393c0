import { createClientAgent, createServiceMetrics } from "@dive/common";
import type { FastifyInstance } from "fastify";
import { request, type Agent } from "undici";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createTestCa } from "../../common/testing/certificates.ts";
import { createServer } from "../app.ts";
import { equipExchange } from "../exchange.ts";
import type { RefusalRecord } from "../plugins/refusal-record.ts";
import { createForeignDocuments } from "../resources/foreign.ts";
import { exchangeAuthorities, type PartnerBackend } from "../resources/partners.ts";
import { TransfersBusyError } from "../resources/transfer-places.ts";
import { form } from "../testing/form.ts";
import { createTestApp } from "../testing/test-app.ts";
import { ALLOW, DENY } from "../testing/test-resources.ts";

const PER_MINUTE = 50;

describe("a resource of a partner", { timeout: 60_000 }, () => {
  const agents: Record<"partner" | "stranger" | "nobody" | "forger" | "ally" | "impostor", Agent> = {} as never;
  const refused: RefusalRecord[] = [];
  let origin: Awaited<ReturnType<typeof createTestApp>>;
  let exchange: FastifyInstance;
  let base: string;
  let resourceId: string;

  beforeAll(async () => {
    const [ca, otherCa, allysCa] = await Promise.all([createTestCa(), createTestCa(), createTestCa()]);
    const [server, partner, stranger, forged] = await Promise.all([ca.leaf("localhost"), ca.leaf("dive-hub-backend-client"), ca.leaf("dive-hub-kas-client"), otherCa.leaf("dive-hub-backend-client")]);
    // A partner with an authority of its own, which can sign our hub's name as well.
    const [ally, impostor] = await Promise.all([allysCa.leaf("dive-spoke-deu-backend-client"), allysCa.leaf("dive-hub-backend-client")]);
    const agentOf = (client?: { cert: string; key: string }) => createClientAgent({ ca: [ca.cert], ...(client === undefined ? {} : { client: { cert: client.cert, key: client.key } }) });
    Object.assign(agents, { partner: agentOf(partner), stranger: agentOf(stranger), nobody: agentOf(), forger: agentOf(forged), ally: agentOf(ally), impostor: agentOf(impostor) });
    const away = { url: "https://localhost:1", kasUrl: "https://localhost:1" };
    const partners: PartnerBackend[] = [{ ...away, code: "USA", clientName: "dive-hub-backend-client" }, { ...away, code: "DEU", clientName: "dive-spoke-deu-backend-client", ca: allysCa.cert }];
    origin = await createTestApp({ resources: { instanceCode: "FRA" } });
    exchange = createServer({ https: { cert: server.cert, key: server.key, ca: exchangeAuthorities(partners, [ca.cert]), requestCert: true, rejectUnauthorized: true } });
    const refusals = { record: async (...records: RefusalRecord[]) => void refused.push(...records) };
    await equipExchange(exchange, { instanceCode: "FRA", partners, ownAuthorities: [ca.cert], metrics: createServiceMetrics({ processMetrics: false }), refusals, limits: { perMinute: PER_MINUTE }, ...origin.resources.routes });
    base = (await exchange.listen({ port: 0, host: "127.0.0.1" })).replace("127.0.0.1", "localhost");
    const { payload, headers } = form([["title", "From France"], ["classification", "SECRET"], ["releasabilityTo", "FRA"], ["releasabilityTo", "USA"], { name: "file", filename: "a", mimeType: "text/plain", content: Buffer.alloc(1_500_000, "x") }]);
    const authorization = `Bearer ${await origin.realm.token()}`;
    const uploaded = await origin.app.inject({ method: "POST", url: "/api/upload", headers: { ...headers, authorization }, payload });
    resourceId = uploaded.json().resourceId;
  }, 60_000);
  afterAll(async () => {
    await Promise.all(Object.values(agents).map((agent) => agent.destroy()));
    await Promise.all([exchange.close(), origin.app.close()]);
  });

  const hub = async (decision = ALLOW, url = base) => {
    const foreign = createForeignDocuments([{ code: "FRA", url, kasUrl: "https://localhost:1", clientName: "dive-spoke-fra-backend-client" }], agents.partner);
    const test = await createTestApp({ resources: { foreign, decide: async () => decision } });
    const authorization = `Bearer ${await test.realm.token()}`;
    return { ...test, get: (path: string) => test.app.inject({ url: `/api/resources/${path}`, headers: { authorization } }) };
  };

  it("is fetched from its origin, put before the own policy, and given out as the origin gives it", async () => {
    const { get, resources } = await hub();
    expect((await get(resourceId)).json()).toMatchObject({ resourceId, origin: "FRA", title: "From France", size: 1_500_000 });
    const there = await origin.app.inject({ url: `/api/resources/${resourceId}/download`, headers: { authorization: `Bearer ${await origin.realm.token()}` } });
    const here = await get(`${resourceId}/download`);
    expect([here.statusCode, here.rawPayload.equals(there.rawPayload)]).toEqual([200, true]);
    expect(resources.inputs.at(-1)).toMatchObject({ action: { operation: "download" }, resource: { resourceId, classification: "SECRET", releasabilityTo: ["FRA", "USA"], integrityValidated: true } });
    expect(origin.resources.transfers.map(({ part, partner }) => [part, partner])).toEqual([["description", "USA"], ["description", "USA"], ["payload", "USA"]]);
  });

  it("is not given out when the own policy says no, and its payload is then not even fetched", async () => {
    const before = origin.resources.transfers.length;
    expect((await (await hub(DENY)).get(`${resourceId}/download`)).statusCode).toBe(403);
    expect(origin.resources.transfers.slice(before).map(({ part }) => part)).toEqual(["description"]);
  });

  it("has a place while its payload is handed over, and is neither sent nor recorded as sent without one", async () => {
    const { get } = await hub();
    const leave = vi.fn();
    const take = vi.spyOn(origin.resources.routes.partnerPlaces, "take").mockResolvedValueOnce(leave);
    expect((await get(`${resourceId}/download`)).statusCode).toBe(200);
    expect(take.mock.calls.map(([who]) => who)).toEqual(["USA"]);
    await vi.waitFor(() => expect(leave).toHaveBeenCalledOnce());
    const before = origin.resources.transfers.length;
    take.mockRejectedValueOnce(new TransfersBusyError());
    const refusal = await get(`${resourceId}/download`);
    expect([refusal.statusCode, refusal.json().code, refusal.headers["retry-after"]]).toEqual([503, "DIVE_ERR_ORIGIN_UNAVAILABLE", "5"]);
    expect(origin.resources.transfers.slice(before).map(({ part }) => part)).toEqual(["description"]);
  });

  it("is 404 when nobody has it or nobody knows its origin, and 503 when the origin does not answer", async () => {
    const { get } = await hub();
    expect((await get(resourceId.replace(/.{4}$/, "0000"))).json()).toMatchObject({ code: "DIVE_ERR_RESOURCE_UNKNOWN" });
    expect((await get(resourceId.replace("FRA", "DEU"))).json()).toMatchObject({ code: "DIVE_ERR_RESOURCE_FOREIGN" });
    const away = await (await hub(ALLOW, "https://localhost:1")).get(resourceId);
    expect([away.statusCode, away.json().code, away.headers["retry-after"]]).toEqual([503, "DIVE_ERR_ORIGIN_UNAVAILABLE", "5"]);
  });

  it("is handed to the partner's backend alone", async () => {
    for (const path of [resourceId, `${resourceId}/payload`]) {
      const url = `${base}/api/federation/resources/${path}`;
      const { statusCode, body } = await request(url, { dispatcher: agents.stranger });
      expect([statusCode, ((await body.json()) as { code: string }).code]).toEqual([401, "DIVE_ERR_PARTNER_UNKNOWN"]);
      // Without a certificate of our authority there is not even a connection.
      for (const who of ["nobody", "forger"] as const) await expect(request(url, { dispatcher: agents[who] })).rejects.toThrow(/alert|ECONNRESET|closed/i);
    }
  });

  it("is handed to a partner with an authority of its own, which can sign nobody else's name", async () => {
    const url = `${base}/api/federation/resources/${resourceId}`;
    const answers = await Promise.all((["ally", "impostor"] as const).map(async (who) => {
      const { statusCode, body } = await request(url, { dispatcher: agents[who] });
      await body.dump();
      return statusCode;
    }));
    expect(answers).toEqual([200, 401]);
  });

  it("leaves a record of who was refused and what", async () => {
    refused.length = 0;
    const unknown = resourceId.replace(/.{4}$/, "0000");
    for (const [dispatcher, path] of [[agents.stranger, resourceId], [agents.partner, unknown], [agents.partner, "..%2f..%2fetc"]] as const)
      await (await request(`${base}/api/federation/resources/${path}`, { dispatcher })).body.dump();
    expect(refused).toEqual([
      expect.objectContaining({ event: "refusal", decision: "deny", status: 401, reason: "partner_unknown", certificate: "dive-hub-kas-client", path: `/api/federation/resources/${resourceId}` }),
      expect.objectContaining({ status: 404, reason: "resource_unknown", partner: "USA" }),
      expect.objectContaining({ status: 400, reason: "fst_err_validation", partner: "USA" }),
    ]);
  });

  it("is not handed over without end: a partner's backend has its limit, and is told when to come again", async () => {
    let last = await request(`${base}/api/federation/resources/${resourceId}`, { dispatcher: agents.partner });
    for (let n = 0; n < PER_MINUTE && last.statusCode === 200; n++) {
      await last.body.dump();
      last = await request(`${base}/api/federation/resources/${resourceId}`, { dispatcher: agents.partner });
    }
    expect([last.statusCode, ((await last.body.json()) as { code: string }).code, Number(last.headers["retry-after"])]).toEqual([429, "DIVE_ERR_RATE_LIMIT", expect.any(Number)]);
  });

  it("is not on people's port at all", async () => {
    const authorization = `Bearer ${await origin.realm.token()}`;
    expect((await origin.app.inject({ url: `/api/federation/resources/${resourceId}`, headers: { authorization } })).json()).toMatchObject({ code: "DIVE_ERR_NOT_FOUND" });
  });
});
