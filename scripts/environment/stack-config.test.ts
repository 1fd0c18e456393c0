import { expect, test } from "vitest";
import { parse } from "yaml";
import { mergeStackConfig } from "./stack-config.ts";

const committed = "config:\n  dive:hub:\n    code: USA\n";

test("the live configuration is the committed one plus the machine's salt", () => {
  const live = "config:\n  dive:hub:\n    code: FRA\nencryptionsalt: v1:live\n";
  expect(parse(mergeStackConfig(committed, live))).toEqual({ config: { "dive:hub": { code: "USA" } }, encryptionsalt: "v1:live" });
});

test("secrets that were set on this machine stay, and nothing else of the live configuration does", () => {
  const live = "config:\n  dive:alertSlackUrl:\n    secure: v1:abc\n  dive:portOffset: 1000\nencryptionsalt: v1:live\n";
  expect(parse(mergeStackConfig(committed, live))).toEqual({ config: { "dive:hub": { code: "USA" }, "dive:alertSlackUrl": { secure: "v1:abc" } }, encryptionsalt: "v1:live" });
});

test("a lost live file gets the state's salt back", () => {
  expect(parse(mergeStackConfig(committed, undefined, "v1:state"))).toMatchObject({ encryptionsalt: "v1:state" });
});

test("the live salt wins over the state's, which may be of an older passphrase", () => {
  expect(parse(mergeStackConfig(committed, "encryptionsalt: v1:live", "v1:state"))).toMatchObject({ encryptionsalt: "v1:live" });
});

test("a secrets provider named in the committed file stays", () => {
  const merged = mergeStackConfig("secretsprovider: hashivault://key", "secretsprovider: passphrase\nencryptedkey: abc");
  expect(parse(merged)).toEqual({ secretsprovider: "hashivault://key", encryptedkey: "abc" });
});

test("merging twice changes nothing more", () => {
  const once = mergeStackConfig(committed, "encryptionsalt: v1:live");
  expect(mergeStackConfig(committed, once)).toBe(once);
});

test("a committed file that is no map is an error that says so", () => {
  expect(() => mergeStackConfig("- a list", undefined)).toThrow("must be a YAML map");
});

test("Grafana is switched off where its image cannot be had, and nothing else is touched", () => {
  const monitored = "config:\n  dive:monitoring:\n    retentionDays: 7\n";
  expect(parse(mergeStackConfig(monitored, undefined, undefined, { withoutGrafana: true }))).toEqual({ config: { "dive:monitoring": { retentionDays: 7, grafana: false } } });
  expect(parse(mergeStackConfig(committed, undefined, undefined, { withoutGrafana: true }))).toEqual(parse(committed));
  expect(parse(mergeStackConfig(monitored, undefined))).toEqual(parse(monitored));
});
