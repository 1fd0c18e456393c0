import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { knownSecrets, looksRandom, searchable } from "./secret-values.ts";

const secret = (value: unknown): unknown => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});

test("a generated password is random; names, hashes, addresses and short words are not", () => {
  expect(["kX9vQ2mLp7RtZ4sB", "a!B3$kkkkkkkkk"].map(looksRandom)).toEqual([true, true]);
  const plain = ["TOP_SECRET", "testuser-fra-3", "kX9vQ2m", "https://Localhost4:18443", "9f86d081884c7d659a2feaa0c55ad015", "Two Words 2 and more"];
  expect(plain.map(looksRandom)).toEqual(plain.map(() => false));
});

test.each(["ec", "rsa"] as const)("of a file with an %s key and its public key only lines that are not public are searched for", (type) => {
  const { privateKey, publicKey } = type === "ec" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("rsa", { modulusLength: 2048 });
  const file = `${publicKey.export({ type: "spki", format: "pem" }) as string}${privateKey.export({ type: "pkcs8", format: "pem" }) as string}`;
  const lines = searchable(file);
  expect(lines.length).toBeGreaterThan(type === "ec" ? 0 : 15);
  const open = publicKey.export({ type: "spki", format: "der" });
  for (const line of lines) expect([open.includes(Buffer.from(line, "base64")), file.includes(line)]).toEqual([false, true]);
  // Nothing of the private part is left out: what is missing is the public part's, at most.
  const all = (privateKey.export({ type: "pkcs8", format: "pem" }) as string).split("\n").filter((line) => line.length >= 40 && !line.startsWith("-"));
  expect((all.length - lines.length) * 48).toBeLessThanOrEqual(open.length);
});

test("a generated password is known by its place, whatever it looks like", () => {
  const urn = "urn:pulumi:s::p::dive:index:Hub$random:index/randomPassword:RandomPassword::admin";
  const password = (outputs: unknown) => knownSecrets({ deployment: { resources: [{ urn, outputs }] } });
  expect(password({ result: secret("withoutAnyDigitByChance") }).map(({ value }) => value)).toEqual(["withoutAnyDigitByChance"]);
  expect(password({ bcryptHash: secret("withoutAnyDigitByChance") })).toEqual([]);
});

test("secrets are found at any depth, once each, with the resource they belong to", () => {
  const exported = {
    deployment: {
      resources: [
        { urn: "urn:pulumi:s::p::random:index/randomPassword:RandomPassword::admin", outputs: { length: 16, result: secret("kX9vQ2mLp7RtZ4sB"), plain: "aA1aA1aA1aA1aA1" } },
        { urn: "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s", outputs: { users: secret({ FRA: { bob: { password: "kX9vQ2mLp7RtZ4sB" }, eve: { password: "zzTop1985zzTop1985" } } }) } },
      ],
    },
  };
  expect(knownSecrets(exported)).toEqual([
    { at: "random:index/randomPassword:RandomPassword::admin.outputs.result", value: "kX9vQ2mLp7RtZ4sB" },
    { at: "pulumi:pulumi:Stack::p-s.outputs.users.FRA.eve.password", value: "zzTop1985zzTop1985" },
  ]);
});
