import { describe, expect, it } from "vitest";
import { revocationFederation as environmentOf, sitesOf } from "../../../components/endpoints.ts";
import { revocationFederation } from "./federation-variable.ts";

const USA = { origin: "usa", issuer: "https://usa.test" };
const FRA = { origin: "fra", issuer: "https://fra.test" };
const { parse } = revocationFederation();

describe("REVOCATION_FEDERATION", () => {
  it("is read as the program writes it, the same for every instance", () => {
    const sites = sitesOf({ stack: "test", root: "/", namePrefix: "", portOffset: 0, bindAddress: "127.0.0.1", hub: { code: "USA", role: "hub" }, spokes: [{ code: "FRA", role: "spoke" }], partners: [], seedTestUsers: false });
    const [hub, spokes] = [sites.hub!, sites.spokes];
    expect(parse(environmentOf(hub))).toEqual({ hub: "usa", origins: [{ origin: "usa", issuer: hub.issuer }, { origin: "fra", issuer: spokes[0]!.issuer }] });
    expect(environmentOf(spokes[0]!)).toBe(environmentOf(hub));
  });

  it.each<[string, unknown]>([
    ["nothing", null],
    ["no origins", { hub: "usa" }],
    ["a hub that is no origin", { hub: "gbr", origins: [USA, FRA] }],
    ["an origin twice", { hub: "usa", origins: [USA, { ...FRA, origin: "usa" }] }],
    ["an issuer twice", { hub: "usa", origins: [USA, { ...FRA, issuer: USA.issuer }] }],
    ["a code in capitals", { hub: "USA", origins: [{ ...USA, origin: "USA" }] }],
    ["an issuer without TLS", { hub: "usa", origins: [{ ...USA, issuer: "http://usa.test" }] }],
  ])("is not %s", (_what, value) => {
    expect(parse(JSON.stringify(value))).toBeUndefined();
  });
});
