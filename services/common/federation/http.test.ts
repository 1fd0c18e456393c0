import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { CookieJar } from "./cookie-jar.ts";
import { expectStatus, HttpClient, jsonObject } from "./http.ts";
import { testAuthority, testServer, type TestAuthority } from "../testing/test-servers.ts";

let authority: TestAuthority;
beforeAll(() => {
  authority = testAuthority();
});

describe("HttpClient", () => {
  test("trusts the given authority and no other", async () => {
    await using server = await testServer(authority, (_req, res) => res.end("hello"));
    await using trusting = new HttpClient([authority.certificate]);
    expect(await trusting.request(server.base)).toMatchObject({ status: 200, text: "hello" });
    await using foreign = new HttpClient([testAuthority().certificate]);
    await expect(foreign.request(server.base)).rejects.toMatchObject({ kind: "denied" });
  });

  test("refuses a certificate for another name", async () => {
    await using server = await testServer(authority, (_req, res) => res.end());
    await using http = new HttpClient([authority.certificate]);
    await expect(http.request(server.base.replace("localhost", "127.0.0.1"))).rejects.toMatchObject({ kind: "denied" });
  });

  test("trusts an authority for the origins that it vouches for, and for no other", async () => {
    const ally = testAuthority();
    await using own = await testServer(authority, (_req, res) => res.end("own"));
    await using other = await testServer(ally, (_req, res) => res.end("ally"));
    await using impostor = await testServer(ally, (_req, res) => res.end("impostor"));
    const trust = (origin: string) => [origin === other.base ? ally.certificate : authority.certificate];
    await using http = new HttpClient(trust, undefined, { "https://own.example:8443": impostor.base });
    expect([(await http.request(own.base)).text, (await http.request(other.base)).text]).toEqual(["own", "ally"]);
    await expect(http.request(impostor.base)).rejects.toMatchObject({ kind: "denied" });
    await expect(http.request("https://own.example:8443/")).rejects.toMatchObject({ kind: "denied" });
  });

  test("an IP address that is dialled by another name is checked by that name", async () => {
    await using server = await testServer(authority, (req, res) => res.end(req.headers.host));
    const to = async (routed: string) => {
      await using http = new HttpClient([authority.certificate], undefined, { "https://198.51.100.7:8443": routed });
      return await http.request("https://198.51.100.7:8443/");
    };
    expect((await to(server.base)).text).toBe("198.51.100.7:8443");
    await expect(to(server.base.replace("localhost", "127.0.0.1"))).rejects.toMatchObject({ kind: "denied" });
  });

  test("a refused connection is an outage", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await using http = new HttpClient([authority.certificate]);
    await expect(http.request(`https://127.0.0.1:${port}/x?code=hidden`)).rejects.toMatchObject({ kind: "unavailable", message: expect.not.stringContaining("hidden") });
  });

  test("an answer that never ends is cut at the time limit", async () => {
    await using server = await testServer(authority, (_req, res) => void res.write("half"));
    await using http = new HttpClient([authority.certificate], 100);
    await expect(http.request(server.base)).rejects.toMatchObject({ kind: "unavailable", message: expect.stringContaining("no answer within 0.1 s") });
  });

  test("hands redirects over and keeps cookies by path, not by port", async () => {
    const seen: (string | undefined)[] = [];
    await using server = await testServer(authority, (req, res) => {
      seen.push(req.headers.cookie);
      res.writeHead(302, { location: "/b", "set-cookie": ["A=1; Path=/realms/a; Secure; HttpOnly", "GONE=1; Path=/; Max-Age=0"] }).end();
    });
    await using http = new HttpClient([authority.certificate]);
    const cookies = new CookieJar();
    const answer = await http.request(`${server.base}/realms/a/auth`, { cookies });
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/b"]);
    await http.request(`${server.base}/realms/a/next`, { cookies });
    await http.request(`${server.base}/realms/ab`, { cookies });
    expect(seen).toEqual([undefined, "A=1", undefined]);
    expect(cookies.header(new URL("https://localhost:1/realms/a"))).toBe("A=1");
    expect(cookies.header(new URL("https://elsewhere/realms/a"))).toBeUndefined();
  });

  test("ends with the caller's signal", async () => {
    await using server = await testServer(authority, () => undefined);
    await using http = new HttpClient([authority.certificate]);
    const reason = new Error("cancelled");
    await expect(http.request(server.base, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe("expectStatus", () => {
  const answer = (status: number, text = "") => ({ url: "https://x/y?state=1", status, headers: new Map<string, string>(), text });
  test.each([[500, "unavailable"], [503, "unavailable"], [429, "unavailable"], [401, "denied"], [404, "denied"], [302, "not-yet"], [204, "not-yet"]])("%d is %s", (status, kind) => {
    expect(() => expectStatus(answer(status))).toThrowError(expect.objectContaining({ kind, message: expect.stringContaining(`https://x/y answered ${status}, expected 200`) }));
  });
  test("repeats the start of a text, not of a page", () => {
    expect(() => expectStatus(answer(401, '{"error":"unauthorized_client"}'))).toThrow('unauthorized_client');
    expect(() => expectStatus(answer(500, "<html>long</html>"))).toThrow(/expected 200$/);
  });
  test("JSON that is none or no object is not there yet", () => {
    expect(() => jsonObject(answer(200, "<html>"))).toThrow("without JSON");
    expect(() => jsonObject(answer(200, "[]"))).toThrow("no object");
  });
});
