import { expect, test } from "vitest";
import { reveal } from "./recovery/reveal.ts";
import { stateDecrypter } from "./state-secrets.ts";

// Written by Pulumi 3.250: `pulumi stack init` and `pulumi config set --secret s '{"a":1}'` with the passphrase "correct horse".
const salt = "v1:2WsNrnMLkw8=:v1:VREbPh4ztzZFu//4:qYbymrXOUrBeR+yJh3dvptCFFCZBIg==";
const ciphertext = "v1:0feESjqRnHlLJmZ7:5+JWuR+ewntNMIkHGgkzAE8ID/6JLnI=";
const state = { secrets_providers: { type: "passphrase", state: { salt } } };
const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext };

test("decrypts what the CLI has encrypted with the same passphrase, at any depth", async () => {
  const decrypt = await stateDecrypter(state, { PULUMI_CONFIG_PASSPHRASE: "correct horse" });
  expect(reveal({ outputs: [secret, "plain"] }, decrypt)).toEqual({ outputs: [{ a: 1 }, "plain"] });
});

test("a wrong passphrase is an error that does not show it", async () => {
  await expect(stateDecrypter(state, { PULUMI_CONFIG_PASSPHRASE: "battery staple" })).rejects.toThrow(/passphrase is not the one it was encrypted with/);
});

test("another secrets provider, or no passphrase, is left to the CLI", async () => {
  expect(await stateDecrypter({ secrets_providers: { type: "cloud", state: {} } }, { PULUMI_CONFIG_PASSPHRASE: "x" })).toBeUndefined();
  expect(await stateDecrypter(state, {})).toBeUndefined();
  expect(await stateDecrypter(undefined, { PULUMI_CONFIG_PASSPHRASE: "x" })).toBeUndefined();
});
