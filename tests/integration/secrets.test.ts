import { readFile, readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { beforeAll, expect, inject, test } from "vitest";
import { diveEnv, pulumi } from "../support/dive.ts";
import { containerLogs, docker, stackObjects } from "../support/docker.ts";
import { knownSecrets, searchable } from "../support/secret-values.ts";
import type { KnownSecret } from "../support/secret-values.ts";

// Proves that no generated secret of the stack can be read in its state, on disk, by `docker inspect` or in logs.
// Does not prove it for what is no generated word (looksRandom) or held in memory and in the services' own volumes.
const stack = inject("stack");
let secrets: KnownSecret[];
let passphraseFile: string;
let caKeyFile: string;

/** Where which secrets are readable: places and names, never values. */
const found = (where: string, content: Buffer | string): string[] =>
  secrets.filter(({ value }) => content.includes(value)).map(({ at }) => `${where}: ${at}`);

beforeAll(async () => {
  const env = await diveEnv(stack.name);
  passphraseFile = env["PULUMI_CONFIG_PASSPHRASE_FILE"]!;
  caKeyFile = join(env["CAROOT"]!, "rootCA-key.pem");
  const exported: unknown = JSON.parse((await pulumi(stack.name, ["stack", "export", "--show-secrets"])).stdout);
  secrets = [
    ...knownSecrets(exported),
    { at: "passphrase", value: (await readFile(passphraseFile, "utf8")).trim() },
    ...searchable(await readFile(caKeyFile, "utf8")).map((value) => ({ at: "key of the CA", value })),
  ];
}, 60_000);

test("the secrets to search for include passwords, private keys, test users' passwords, passphrase and the CA's key", () => {
  const kinds = ["RandomPassword", "PrivateKey", "passphrase", "key of the CA"];
  expect(kinds.filter((kind) => !secrets.some(({ at }) => at.includes(kind)))).toEqual([]);
  const passwords = Object.values(stack.users).flatMap((users) => Object.values(users).map(({ password }) => password));
  expect(passwords.length).toBe(10);
  // Compared as numbers, so that a failure shows no password.
  expect(passwords.filter((password) => secrets.some(({ value }) => value === password)).length).toBe(10);
});

test("an exported state holds no secret in clear text", { timeout: 60_000 }, async () => {
  expect(found("stack export", (await pulumi(stack.name, ["stack", "export"])).stdout)).toEqual([]);
});

test("no file of the state folder holds a secret, except the passphrase and the CA's key, which only the owner reads", { timeout: 120_000 }, async () => {
  const entries = await readdir(stack.stateDir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(files.length).toBeGreaterThan(3);
  const findings: string[] = [];
  for (const file of files.filter((path) => path !== passphraseFile && path !== caKeyFile)) {
    findings.push(...found(relative(stack.stateDir, file), await readFile(file)));
  }
  expect(findings).toEqual([]);
  const modes = await Promise.all([passphraseFile, caKeyFile].map(async (file) => ((await stat(file)).mode & 0o777).toString(8)));
  expect(modes).toEqual(["600", "600"]);
});

test("neither docker inspect nor the logs of any container show a secret", { timeout: 120_000 }, async () => {
  const { containers } = await stackObjects(stack.name);
  expect(containers.length).toBeGreaterThan(12);
  const findings: string[] = [];
  for (const name of containers) {
    findings.push(...found(`inspect ${name}`, JSON.stringify(await docker.getContainer(name).inspect())));
    findings.push(...found(`logs ${name}`, await containerLogs(name)));
  }
  expect(findings).toEqual([]);
});
