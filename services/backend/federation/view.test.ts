import { expect, it } from "vitest";
import { FederationView, STALE_MS } from "./view.ts";

it("takes a link for up until its last check is too old, however often the own backend checks: a partner reports at its own pace", () => {
  const checkedAt = new Date(1_800_000_000_000);
  const view = new FederationView();
  view.load([{ source: "USA", target: "FRA", partner: "FRA", state: "ACTIVE" }], []);
  view.put({ source: "USA", target: "FRA", kind: "link", checkedAt, reportedBy: "FRA", latencyMs: 12 });
  const after = (ms: number) => view.status(checkedAt.getTime() + ms)[0];
  expect([after(30_000), after(STALE_MS)]).toMatchObject([{ up: true, failure: null }, { up: true, failure: null }]);
  expect(after(STALE_MS + 1)).toMatchObject({ up: false, failure: "stale" });
});
