import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, test } from "vitest";
import { testAuthority, testServer } from "../test-servers.ts";
import { provider, type TotpCredentialInputs } from "./provider.ts";

const authority = testAuthority();
const SECRET = "hunter2hunter2hunter2";

/** The least of a Keycloak: one user of one realm, whose credentials are added by writing him. */
class FakeKeycloak {
  user: Record<string, unknown> | undefined = { id: "u1", username: "alice", email: "a@example.org" };
  credentials: Record<string, unknown>[] = [{ id: "password-1", type: "password" }, { id: "otp-0", type: "otp", userLabel: "her own phone" }];
  refuseLogin = false;

  listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url!.replace("/admin/realms/r/users/u1", "");
    const answer = (status: number, body?: unknown) => response.writeHead(status, { "content-type": "application/json" }).end(body === undefined ? "" : JSON.stringify(body));
    const body = await text(request);
    if (request.url === "/realms/master/protocol/openid-connect/token") return void (this.refuseLogin ? answer(401, { error: "invalid_client" }) : answer(200, { access_token: "t", expires_in: 60 }));
    if (!this.user) return void answer(404, { error: "User not found" });
    if (request.method === "GET") return void answer(200, path === "/credentials" ? this.credentials : this.user);
    if (request.method === "DELETE") this.credentials = this.credentials.filter(({ id }) => path !== `/credentials/${id as string}`);
    if (request.method === "PUT") {
      const { credentials, ...user } = JSON.parse(body) as { credentials: Record<string, unknown>[] };
      this.user = user;
      this.credentials.push(...credentials.map((credential) => ({ id: `otp-${this.credentials.length}`, ...credential })));
    }
    answer(204);
  };

  get labels(): unknown[] {
    return this.credentials.map(({ userLabel }) => userLabel);
  }
}

let keycloak: FakeKeycloak;
beforeEach(() => void (keycloak = new FakeKeycloak()));

async function withInputs(use: (inputs: TotpCredentialInputs) => Promise<void>): Promise<void> {
  await using server = await testServer(authority, (request, response) => void keycloak.listener(request, response));
  await use({ url: server.base, realm: "r", userId: "u1", label: "dive", secret: SECRET, adminClientId: "dive-pulumi", adminClientSecret: "top", caCertificate: authority.certificate, version: 1 });
}

describe("TotpCredential", () => {
  test("gives the user the credential and leaves him and his others as they are", () => withInputs(async (inputs) => {
    const { id, outs } = await provider.create(inputs);
    expect(outs).toEqual(inputs);
    expect(keycloak.user).toEqual({ id: "u1", username: "alice", email: "a@example.org" });
    expect(keycloak.credentials).toEqual([
      { id: "password-1", type: "password" },
      { id: "otp-0", type: "otp", userLabel: "her own phone" },
      { id, type: "otp", userLabel: "dive", secretData: JSON.stringify({ value: SECRET }), credentialData: '{"subType":"totp","digits":6,"period":30,"counter":0,"algorithm":"HmacSHA1"}' },
    ]);
  }));

  test("takes the place of what a killed run left under its label", () => withInputs(async (inputs) => {
    await provider.create(inputs);
    const { id } = await provider.create(inputs);
    expect(keycloak.labels).toEqual([undefined, "her own phone", "dive"]);
    expect(keycloak.credentials.at(-1)!["id"]).toBe(id);
  }));

  test("is found by a refresh until somebody removes it or the user", () => withInputs(async (inputs) => {
    const { id } = await provider.create(inputs);
    expect(await provider.read(id, inputs)).toEqual({ id, props: inputs });
    keycloak.credentials.pop();
    expect(await provider.read(id, inputs)).toEqual({});
    keycloak.user = undefined;
    expect(await provider.read(id, inputs)).toEqual({});
  }));

  test("is deleted alone, and twice", () => withInputs(async (inputs) => {
    const { id } = await provider.create(inputs);
    await provider.delete(id, inputs);
    await provider.delete(id, inputs);
    expect(keycloak.labels).toEqual([undefined, "her own phone"]);
  }));

  test("fails with user, realm and Keycloak, and without a secret", () => withInputs(async (inputs) => {
    keycloak.user = undefined;
    await expect(provider.create(inputs)).rejects.toThrow(`could not add TOTP credentials of user u1 of realm r at Keycloak ${inputs.url}: realm r has no user u1`);
    keycloak.refuseLogin = true;
    const error = await provider.create(inputs).then(String, String);
    expect(error).toMatch(/could not read TOTP credentials of user u1 .*invalid_client/);
    expect(error).not.toMatch(/hunter2|top\b/);
  }));

  test("refuses a server that the CA does not vouch for", () => withInputs(async (inputs) => {
    await expect(provider.create({ ...inputs, caCertificate: testAuthority().certificate })).rejects.toThrow(/certificate/);
  }));

  test.for([
    ["secret", { secret: "another-secret-of-it" }, ["secret"]],
    ["user", { userId: "u2" }, ["userId"]],
    ["label", { label: "other" }, ["label"]],
    ["administrator's secret", { adminClientSecret: "rotated" }, []],
    ["nothing", {}, []],
  ] as const)("another %s: replaced only where the credential is another", async ([what, change, replaces]) => {
    const olds: TotpCredentialInputs = { url: "https://k", realm: "r", userId: "u1", label: "dive", secret: SECRET, adminClientId: "a", adminClientSecret: "s", caCertificate: "c", version: 1 };
    const news = { ...olds, ...change };
    expect(await provider.diff("otp-1", olds, news)).toEqual({ changes: what !== "nothing", replaces, deleteBeforeReplace: true });
    expect(await provider.update("otp-1", olds, news)).toEqual({ outs: news });
  });

  test("refuses bad inputs by name, and waits for unknown ones", async () => {
    const bad = { url: "http://k/", realm: "", userId: "u", label: "l", secret: "short", adminClientId: "a", adminClientSecret: "s", caCertificate: "none", version: 1 };
    const { failures } = await provider.check(bad, bad);
    expect(failures!.map(({ property }) => property)).toEqual(["url", "caCertificate", "realm", "secret"]);
    expect(JSON.stringify(failures)).not.toContain("short");
    expect((await provider.check(bad, { ...bad, userId: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" })).failures).toEqual([]);
  });
});
