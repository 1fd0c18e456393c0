import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withPage } from "../support/browser.ts";
import { throwawayCa } from "../support/throwaway-ca.ts";
import type { ThrowawayCa } from "../support/throwaway-ca.ts";

// Proves that the browser of the login tests verifies certificates; without this a green login would not show TLS at work.
let tls: ThrowawayCa;
let server: ReturnType<typeof createServer>;
let url: string;

beforeAll(async () => {
  tls = await throwawayCa();
  server = createServer(tls, (_, response) => response.end("<title>trusted</title>")).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `https://localhost:${(server.address() as AddressInfo).port}/`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test("Chromium loads a page whose certificate was signed by a CA in its NSS database", { timeout: 60_000 }, async () => {
  await withPage(tls.ca, async (page) => {
    await page.goto(url);
    expect(await page.title()).toBe("trusted");
  });
});

test("Chromium refuses the same page when its NSS database does not hold the CA", { timeout: 60_000 }, async () => {
  await withPage(undefined, async (page) => {
    await expect(page.goto(url)).rejects.toThrow("net::ERR_CERT_AUTHORITY_INVALID");
  });
});
