import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { probeReachability } from "./reachability.ts";

const nothing = { pulumi: false, images: false };

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

/** No proxy, whatever this machine's environment says. */
function withoutProxy(): void {
  for (const name of ["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"]) vi.stubEnv(name, "");
}

test("DIVE_OFFLINE=1 asks nobody", async () => {
  const fetch = vi.fn();
  vi.stubGlobal("fetch", fetch);
  expect(await probeReachability({ DIVE_OFFLINE: "1" })).toEqual(nothing);
  expect(fetch).not.toHaveBeenCalled();
});

test.for([
  ["what the servers answer", [200, 401], { pulumi: true, images: true }],
  ["a portal's redirect", [302, 302], nothing],
  ["a refusal", [403, 403], nothing],
  ["an outage of one", [200, 503], { pulumi: true, images: false }],
] as const)("%s", async ([_what, [pulumi, images], expected]) => {
  withoutProxy();
  vi.stubGlobal("fetch", async (url: string, options: RequestInit) => {
    expect(options).toMatchObject({ method: "HEAD", redirect: "manual" });
    return { status: url.includes("pulumi") ? pulumi : images };
  });
  expect(await probeReachability({})).toEqual(expected);
});

test("a server that does not answer in time is none", async () => {
  withoutProxy();
  vi.stubGlobal("fetch", (_url: string, { signal }: RequestInit) => new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason))));
  expect(await probeReachability({}, 50)).toEqual(nothing);
});

test("where the environment names a proxy, it is asked, and its refusal is the answer", async () => {
  withoutProxy();
  const asked: string[] = [];
  const proxy = createServer().on("connect", (request, socket) => {
    asked.push(request.url!);
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  try {
    vi.stubEnv("https_proxy", `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    expect(await probeReachability({})).toEqual(nothing);
    expect(asked.toSorted()).toEqual(["get.pulumi.com:443", "registry-1.docker.io:443"]);
  } finally {
    proxy.close();
  }
});
