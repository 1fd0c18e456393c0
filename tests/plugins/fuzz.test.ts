import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messages, Struct } from "../../airgap/plugins/server/protocol.ts";
import type { ProviderDefinition } from "../../airgap/plugins/server/resource-type.ts";
import { PluginProcess } from "../../airgap/plugins/server/test-client.ts";
import { makeWorld } from "../../airgap/plugins/tls/test-world.ts";
import { type Bag, encodeBag, hasUnknown, plain } from "../../airgap/plugins/server/values.ts";
import { HIDDEN, configurations, openTexts, programs, strangers } from "./bags.ts";

// Random property bags, right and wrong, over gRPC: a plugin never crashes, hangs, accepts an unknown property or prints a secret.
// No service is needed: Check, Diff and previews do not connect. Proves nothing about what a service does with what was accepted.
const RUNS = process.env["DIVE_TEST_ALL"] === "1" ? 1000 : 100;
const SEED = process.env["DIVE_FUZZ_SEED"] === undefined ? {} : { seed: Number(process.env["DIVE_FUZZ_SEED"]) };
const ANSWER_LIMIT_MS = 10_000;

/** Where no service listens, should a plugin connect against the rules. */
const CONFIGURATIONS: Record<string, Bag> = {
  docker: { host: "tcp://127.0.0.1:1" },
  keycloak: { url: "https://127.0.0.1:1", clientId: "admin", clientSecret: "known-secret-of-the-provider" },
  postgresql: { host: "127.0.0.1", port: 1, password: "known-secret-of-the-provider" },
  random: {},
  tls: {},
};

describe.each(Object.keys(CONFIGURATIONS))("the %s plugin", (name) => {
  it(`answers ${RUNS} bags rightly, keeps every secret, and lives`, { timeout: 300_000 }, async () => {
    const { provider } = (await import(`../../airgap/plugins/${name}/provider.ts`)) as { provider: ProviderDefinition };
    const { texts, secrets } = name === "tls" ? pems() : { texts: [], secrets: [] };
    await using plugin = await PluginProcess.start(fileURLToPath(new URL(`../../airgap/plugins/${name}/main.ts`, import.meta.url)), provider.types[0]!.token, CONFIGURATIONS[name]);
    const seen = { accepted: 0, refused: 0, made: 0, failed: 0 };
    await fc.assert(
      fc.asyncProperty(programs(provider, texts, secrets), configurations(provider), async (program, configuration) => {
        const run = new FuzzRun(plugin.of(program.token), secrets);
        await run.configuration(configuration);
        const { inputs, failures } = await run.answer(run.plugin.check("fuzz", program.bag));
        const unknown = strangers(provider.types.find(({ token }) => token === program.token)!.inputs, program.bag);
        if (unknown.length > 0) expect(failures.join("\n"), `unknown: ${unknown.join(", ")}`).toContain(unknown[0]);
        run.expectSecretsKept(failures, inputs);
        // Old states may hold anything: what was refused now may stand there.
        await run.settle(run.plugin.diff("fuzz", "id", program.bag, program.bag, program.bag));
        if (failures.length > 0) return void (seen.refused += 1);
        seen.accepted += 1;
        if (!hasUnknown(inputs)) expect(await run.answer(run.plugin.diff("fuzz", "id", inputs, inputs, inputs))).toMatchObject({ detailed: {} });
        const { state } = await run.answer(run.plugin.create("fuzz", inputs, { preview: true }));
        run.expectSecretsKept([], state);
        run.expectSecretsKept([], await run.answer(run.plugin.update("fuzz", "id", inputs, state, inputs, { preview: true })));
        if (!isHarmless(name, inputs)) return;
        const made = await run.settle(run.plugin.create("fuzz", inputs));
        seen[made instanceof Error ? "failed" : "made"] += 1;
        if (!(made instanceof Error)) run.expectSecretsKept([], made.state);
      }),
      { numRuns: RUNS, ...SEED },
    );
    expect(plugin.child.exitCode, "the process lives").toBeNull();
    expect(plugin.child.signalCode, "the process lives").toBeNull();
    expect(seen.accepted, `right bags among ${JSON.stringify(seen)}`).toBeGreaterThan(0);
    expect(seen.refused, `wrong bags among ${JSON.stringify(seen)}`).toBeGreaterThan(0);
    if (name === "random" || name === "tls") expect(seen.made, `creates among ${JSON.stringify(seen)}`).toBeGreaterThan(0);
  });
});

/** One run: its calls must be answered in time, and no answer may tell a secret. */
class FuzzRun {
  readonly plugin: PluginProcess;
  readonly #secrets: readonly string[];

  constructor(plugin: PluginProcess, keys: readonly string[]) {
    this.plugin = plugin;
    this.#secrets = ["known-secret-of-the-provider", ...keys.map((key) => key.split("\n")[1]!)];
  }

  /** An answer in time; an error of the plugin is a failure of the test. */
  async answer<T>(call: Promise<T>): Promise<T> {
    const ended = new AbortController();
    const late = delay(ANSWER_LIMIT_MS, undefined, { signal: ended.signal }).then(() => Promise.reject(new Error(`no answer within ${ANSWER_LIMIT_MS} ms`)));
    try {
      return await Promise.race([call, late]);
    } finally {
      ended.abort();
      late.catch(() => undefined); // the end of the wait, not of the call
      this.#expectNoSecret(this.plugin.printed.text);
    }
  }

  /** An answer or an error in time; the error may say no secret and names the resource. */
  async settle<T>(call: Promise<T>): Promise<T | Error> {
    return this.answer(call.catch((error: Error & { details?: string }) => {
      if (error.details === undefined || /UNAVAILABLE|CANCELLED/.test(error.message)) throw error;
      this.#expectNoSecret(error.details);
      return error;
    }));
  }

  async configuration(bag: Bag): Promise<void> {
    const request = new messages.CheckRequest();
    request.setNews(Struct.fromJavaScript(encodeBag(bag)));
    const response = await this.answer(this.plugin.call("checkConfig", request));
    for (const failure of response.getFailuresList()) this.#expectNoSecret(`${failure.getProperty()} ${failure.getReason()}`);
  }

  /** @param bag what the plugin answered: its secrets are still marked as such */
  expectSecretsKept(failures: readonly string[], bag: Bag): void {
    this.#expectNoSecret(failures.join("\n"));
    for (const text of openTexts(bag)) this.#expectNoSecret(text);
  }

  #expectNoSecret(text: string): void {
    expect(text).not.toMatch(HIDDEN);
    for (const secret of this.#secrets) expect(text).not.toContain(secret);
  }
}

/** Whether a real create touches nothing outside the plugin and takes no minutes. */
function isHarmless(name: string, inputs: Bag): boolean {
  if (hasUnknown(inputs)) return false;
  const rsaBits = (plain(inputs) as { rsaBits?: number }).rsaBits ?? 0;
  return name === "random" || (name === "tls" && rsaBits <= 3072);
}

/** Requests, certificates and private keys that openssl made. */
function pems(): { texts: string[]; secrets: string[] } {
  const { authority, keys, requests } = makeWorld();
  return { texts: [authority.certificate, ...requests], secrets: [authority.key, ...keys] };
}
