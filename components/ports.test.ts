import { describe, expect, it } from "vitest";
import countries from "i18n-iso-countries";
import { assignPortIndexes, portIndexOf, portsOf, sharedPorts } from "./ports.ts";
import { reservedCodes } from "../config.ts";

const codes = [...Object.keys(countries.getAlpha3Codes()), ...reservedCodes];

describe("ports", () => {
  it("gives the codes of the contract their places", () => {
    expect(["USA", "FRA", "DEU", "ALB", "AUS", "SGP", "FIN", "SAU", "TST", "DEV", "QAA"].map(portIndexOf)).toEqual([0, 10, 8, 1, 30, 39, 40, 47, 200, 201, 202]);
  });

  it("publishes no port twice, for any two codes with different places and any offset", () => {
    const byIndex = new Map(codes.map((code) => [portIndexOf(code), code]));
    for (let offset = 0; offset <= 20_000; offset += 1000) {
      const all = [...byIndex.keys()].flatMap((index) => Object.values(portsOf(index, offset)));
      all.push(...Object.values(sharedPorts).map((port) => port + offset));
      expect(new Set(all).size).toBe(all.length);
      expect(Math.max(...all)).toBeLessThan(65_536);
    }
  });

  it("names both instances of a collision and the setting that solves it", () => {
    const hashed = codes.filter((code) => portIndexOf(code) >= 48 && portIndexOf(code) <= 67);
    const first = hashed[0]!;
    const second = hashed.find((code) => code !== first && portIndexOf(code) === portIndexOf(first))!;
    expect(() => assignPortIndexes([{ code: first }, { code: second }])).toThrow(new RegExp(`portIndex of ${second}: Port collision: ${second} would publish a port of ${first}`));
    expect(assignPortIndexes([{ code: first }, { code: second, portIndex: 100 }]).get(second)).toBe(100);
  });

  it("refuses a place whose ports belong to another service", () => {
    expect(() => assignPortIndexes([{ code: "USA" }, { code: "FRA", portIndex: 0 }])).toThrow(/Port collision/);
    expect(() => assignPortIndexes([{ code: "FRA", portIndex: 90 }])).toThrow(/prometheus/);
  });

  it("refuses a port that browsers refuse to open", () => {
    expect(() => assignPortIndexes([{ code: "ZAF" }])).toThrow(/ZAF would publish port 4045, which browsers refuse/);
    expect(() => assignPortIndexes([{ code: "USA" }], 2000)).toThrow(/USA would publish port 6000/);
    expect(assignPortIndexes([{ code: "ZAF", portIndex: 100 }]).get("ZAF")).toBe(100);
  });
});
