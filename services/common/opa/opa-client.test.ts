import { MockAgent } from "undici";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DecisionUnavailableError, authenticationOf, createOpaClient, subjectOf, type PolicyInput } from "./index.ts";

const OPA = "https://opa:8181";
const DECISION = { allow: false, reason: "no rule permits this", obligations: [], evaluation_details: { checks: {} } };
const INPUT: PolicyInput = {
  subject: { authenticated: true }, action: { operation: "read" }, resource: { resourceId: "usa-1" }, context: { currentTime: "2026-11-24T00:00:00Z", requestId: "r-1" },
};
let agent: MockAgent;

beforeEach(() => {
  agent = new MockAgent();
  agent.disableNetConnect();
});
afterEach(() => agent.close());

const asked = (body = JSON.stringify({ input: INPUT })) => agent.get(OPA).intercept({ path: "/v1/data/dive/authz", method: "POST", body });
const answer = (status: number, body: unknown) => asked().reply(status, body as object);

describe("the OPA client", () => {
  it("returns the decision", async () => {
    answer(200, { result: { allow: false, decision: DECISION } });
    expect(await createOpaClient(OPA, agent).decide(INPUT)).toEqual(DECISION);
  });

  it.each([
    ["without the policy", 200, {}],
    ["without a decision", 200, { result: {} }],
    ["whose allow is no boolean", 200, { result: { decision: { allow: "true", reason: "x" } } }],
    ["without a reason", 200, { result: { decision: { allow: true } } }],
    ["that is no JSON", 200, "<html>"],
    ["that refuses the caller", 401, { code: "unauthorized" }],
    ["that fails", 500, { code: "internal_error" }],
  ])("fails with 503 on an answer %s", async (_what, status, body) => {
    answer(status, body);
    const decision = createOpaClient(OPA, agent).decide(INPUT);
    await expect(decision).rejects.toBeInstanceOf(DecisionUnavailableError);
    await expect(decision).rejects.toMatchObject({ statusCode: 503, headers: { "retry-after": "5" } });
  });

  it("is not asked any more after five failures, but its health is", async () => {
    const opa = createOpaClient(OPA, agent);
    asked().replyWithError(new Error("connect ECONNREFUSED")).times(5);
    for (let n = 0; n < 5; n++) await expect(opa.decide(INPUT)).rejects.toMatchObject({ cause: { message: "connect ECONNREFUSED" } });
    expect(opa.breaker.state).toBe("OPEN");
    await expect(opa.decide(INPUT)).rejects.toMatchObject({ code: "DIVE_ERR_DECISION_UNAVAILABLE", cause: { code: "DIVE_ERR_CIRCUIT_OPEN" }, headers: { "retry-after": "60" } });
    asked('{"input":{"action":{"operation":"health"}}}').reply(200, { result: { decision: DECISION } });
    await expect(opa.probe(new AbortController().signal)).resolves.toBeUndefined();
    opa.breaker.stop();
  });

  it("does not take a denial for a failure", async () => {
    const opa = createOpaClient(OPA, agent);
    asked().reply(200, { result: { decision: DECISION } }).times(10);
    for (let n = 0; n < 10; n++) expect((await opa.decide(INPUT)).allow).toBe(false);
    expect(opa.breaker.report()).toMatchObject({ state: "CLOSED", failures: 0 });
  });

  it("does not wait for ever", async () => {
    asked().reply(200, { result: { decision: DECISION } }).delay(1_000);
    await expect(createOpaClient(OPA, agent, { timeoutMs: 20 }).decide(INPUT)).rejects.toBeInstanceOf(DecisionUnavailableError);
  });
});

describe("the subject", () => {
  it("is what the token says, and an attribute of the wrong type is left out", () => {
    const claims = { iss: "https://k/realms/r", uniqueID: "fra:a", clearance: "SECRET", countryOfAffiliation: "FRA", acpCOI: ["FVEY"], acr: "2", amr: ["pwd", "otp"] };
    expect(subjectOf(claims)).toEqual({ authenticated: true, uniqueID: "fra:a", clearance: "SECRET", countryOfAffiliation: "FRA", acpCOI: ["FVEY"], issuer: "https://k/realms/r" });
    expect(authenticationOf(claims)).toEqual({ acr: "2", amr: ["pwd", "otp"] });
    expect(subjectOf({ clearance: ["SECRET"], acpCOI: ["FVEY", 7], uniqueID: "" })).toEqual({ authenticated: true });
    expect(subjectOf({ clearance: "SECRET" })).toEqual({ authenticated: true, clearance: "SECRET", acpCOI: [] });
    expect(authenticationOf({ acr: 2, amr: "otp" })).toEqual({});
  });
});
