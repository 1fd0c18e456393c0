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

test("of a file with a private key and a certificate only the key's lines are searched for", () => {
  const line = (letter: string): string => letter.repeat(63) + "=";
  const pem = (kind: string, body: string): string => `-----BEGIN ${kind}-----\n${body}\n-----END ${kind}-----\n`;
  const file = pem("CERTIFICATE", line("C")) + pem("PRIVATE KEY", `${line("K")}\n${line("L")}`) + pem("EC PRIVATE KEY", line("E"));
  expect(searchable(file)).toEqual([line("K"), line("L"), line("E")]);
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
