import { describe, expect, it } from "vitest";
import { createTestApp } from "../testing/test-app.ts";
import { ASSET_PATH, moduleAssets } from "./module-graph.ts";
import { filled } from "./pages.ts";
import { portalSettings } from "./portal-settings.ts";

const pages = ["/", "/status"];

describe("a page", () => {
  it.each(pages)("%s comes under a policy that lets scripts of this server run, and connections to realm and KASes only", async (url) => {
    const { app } = await createTestApp();
    const { headers, body } = await app.inject(url);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self' https://localhost:8443 https://localhost:9000 https://localhost:9010; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    );
    expect(body).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]* src=)|https?:\/\/(?!localhost)/);
  });

  it.each(pages)("%s and all that it loads is served, module by module, without types and without what browsers lack", async (page) => {
    const { app } = await createTestApp();
    const html = (await app.inject(page)).body;
    const waiting = [...html.matchAll(/(?:src|href)="(\/assets[^"]+)"/g)].map(([, path]) => path!);
    const seen = new Set<string>();
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const { statusCode, headers, body } = await app.inject(path);
      expect([path, statusCode]).toEqual([path, 200]);
      if (!String(headers["content-type"]).startsWith("text/javascript")) continue;
      expect(body).not.toMatch(/from "node:|^import type|^interface /m);
      for (const [, name] of body.matchAll(/^(?:import|export) [^;]*?from "([^"]+)";/gm)) waiting.push(new URL(name!, `https://x${path}`).pathname);
    }
    expect(seen.size).toBeGreaterThan(page === "/" ? 25 : 5);
  });

  it("is asked for again only when it has changed, and a file that no page uses is not served", async () => {
    const { app } = await createTestApp();
    const path = `${ASSET_PATH}/backend/pages/style.css`;
    const { headers } = await app.inject(path);
    expect([headers["cache-control"], (await app.inject({ url: path, headers: { "if-none-match": String(headers.etag) } })).statusCode]).toEqual(["no-cache", 304]);
    for (const other of ["backend/config.ts", "backend/backend.ts", "backend/pages/portal.html", "../package.json", "backend/pages/..%2f..%2fconfig.ts", "packages/jose/package.json", ""])
      expect([other, (await app.inject(`${ASSET_PATH}/${other}`)).statusCode]).toEqual([other, 404]);
  });
});

describe("the modules", () => {
  it("may not be what browsers do not have", async () => {
    await expect(moduleAssets([new URL("./portal-settings.ts", import.meta.url)])).rejects.toThrow("imports node:module, which browsers do not have");
  });
});

describe("values in a page", () => {
  it("are text and never markup; one that is missing is an error", () => {
    expect(filled('<a title="{{x}}">{{x}}</a>', { x: '"<b>&' })).toBe('<a title="&quot;&lt;b&gt;&amp;">&quot;&lt;b&gt;&amp;</a>');
    expect(() => filled("{{y}}", {})).toThrow("{{y}}");
  });

  it("name nations by their names, and what is no country by its code", () => {
    const { name, partners, members, kas } = portalSettings({ code: "USA", issuer: "i", clientId: "c", kasUrl: "https://a", members: ["USA", "TST", "FRA"], partners: [{ code: "FRA", kasUrl: "https://b" }, { code: "TST", kasUrl: "https://c" }] });
    expect({ name, partners, kas }).toEqual({
      name: "United States", kas: ["https://a", "https://b", "https://c"],
      partners: [{ code: "FRA", name: "France", broker: "fra-idp" }, { code: "TST", name: "TST", broker: "tst-idp" }],
    });
    expect(members.map(({ code }) => code)).toEqual(["FRA", "TST", "USA"]);
  });
});
