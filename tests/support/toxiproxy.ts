import { once } from "node:events";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { Toxiproxy, type Proxy } from "toxiproxy-node-client";
import { goProgram } from "../../scripts/images/artifacts.ts";
import { contentHash } from "../../scripts/images/content-hash.ts";
import { findPaths } from "../../scripts/paths.ts";
import { docker } from "./docker.ts";
import { ROOT } from "./paths.ts";
import { freePort } from "./redis-server.ts";

const START_LIMIT_MS = 10_000;

/** A way from one container to one port of another that leads through toxiproxy, so that it can be cut or slowed for this caller alone. */
export interface Detour {
  /** Refuses connections and ends those that are there, as when the other one had stopped. */
  cut(): Promise<void>;
  /** Delays each piece of what the other one sends. */
  slow(latencyMs: number): Promise<void>;
  /** As without the detour. */
  heal(): Promise<void>;
}

/** A toxiproxy of one test, with its detours; ends with them. */
export interface DetourMaker extends AsyncDisposable {
  /** Leads what `caller` sends to `port` of `target` (names of containers) through the proxy, whatever connections there were before. */
  detour(caller: string, target: string, port: number): Promise<Detour>;
}

/**
 * Starts toxiproxy, built once from its Go module. Endpoints are overridden within the network namespace of the calling container: names,
 * certificates and settings stay as they are, and nobody else is affected. Needs root and iptables, as Docker itself does.
 */
export async function startToxiproxy(): Promise<DetourMaker> {
  const recipe = join(ROOT, "tests", "support", "toxiproxy");
  const shop = { cacheDir: findPaths().cacheDir, baseImage: () => Promise.reject(new Error("toxiproxy is built with Go >= 1.21, which is not on PATH")) };
  const program = await goProgram(shop, recipe, "toxiproxy", await contentHash([recipe], []), "github.com/Shopify/toxiproxy/v2/cmd/server", () => undefined);
  const port = await freePort();
  const server = spawn(program, ["-host", "127.0.0.1", "-port", String(port)], { stdio: "ignore" });
  const killed = () => void server.kill();
  process.once("exit", killed);
  const api = new Toxiproxy(`http://127.0.0.1:${port}`);
  const made: Way[] = [];
  await answering(api, server);
  return {
    async detour(caller, target, port) {
      const ways = await waysBetween(api, caller, target, port);
      made.push(...ways);
      return {
        cut: () => each(ways, async ({ proxy }) => void (await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream }))),
        slow: (latency) => each(ways, async (way) => void (way.slowness = await way.proxy.addToxic({ name: "slow", type: "latency", stream: "downstream", toxicity: 1, attributes: { latency, jitter: 0 } }))),
        heal: () => each(ways, async (way) => {
          await way.slowness?.remove();
          way.slowness = undefined;
          await way.proxy.update({ enabled: true, listen: way.proxy.listen, upstream: way.proxy.upstream });
        }),
      };
    },
    async [Symbol.asyncDispose]() {
      for (const way of made) await way.end();
      process.off("exit", killed);
      killed();
      if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    },
  };
}

interface Way {
  readonly proxy: Proxy;
  slowness: { remove(): Promise<void> } | undefined;
  end(): Promise<void>;
}

/** One for each network that both are on: which of them is taken is the resolver's choice. */
async function waysBetween(api: Toxiproxy, caller: string, target: string, port: number): Promise<Way[]> {
  const [from, to] = await Promise.all([docker.getContainer(caller).inspect(), docker.getContainer(target).inspect()]);
  const pid = String(from.State.Pid);
  const shared = Object.entries(from.NetworkSettings.Networks).filter(([network]) => network in to.NetworkSettings.Networks);
  if (shared.length === 0) throw new Error(`${caller} and ${target} share no network`);
  return Promise.all(shared.map(async ([network, { Gateway: gateway }]) => {
    const address = to.NetworkSettings.Networks[network]!.IPAddress;
    const proxy = await api.createProxy({ name: `${caller}.${target}.${port}.${network}`, listen: `${gateway}:0`, upstream: `${address}:${port}` });
    const match = ["OUTPUT", "-p", "tcp", "-d", address, "--dport", String(port), "-j"];
    const redirect = [...match, "DNAT", "--to-destination", proxy.listen];
    // Seen after the redirection, so by connections that were there before it.
    const reset = [...match, "REJECT", "--reject-with", "tcp-reset"];
    const iptables = (table: string, verb: "-A" | "-D", rule: readonly string[]) => execa("nsenter", ["--net", `--target=${pid}`, "iptables", "--wait", "-t", table, verb, ...rule]);
    await iptables("nat", "-A", redirect);
    await iptables("filter", "-A", reset);
    return {
      proxy,
      slowness: undefined,
      async end() {
        await iptables("filter", "-D", reset);
        await iptables("nat", "-D", redirect);
        await proxy.remove(); // ends what went through it
      },
    };
  }));
}

async function each(ways: readonly Way[], work: (way: Way) => Promise<void>): Promise<void> {
  await Promise.all(ways.map(work));
}

async function answering(api: Toxiproxy, server: ReturnType<typeof spawn>): Promise<void> {
  for (const deadline = Date.now() + START_LIMIT_MS; ; await delay(50)) {
    if (server.exitCode !== null) throw new Error(`toxiproxy ended with ${server.exitCode}`);
    const failure = await api.getVersion().then(() => undefined, (error: unknown) => error);
    if (failure === undefined) return;
    if (Date.now() > deadline) throw new Error(`toxiproxy did not answer within ${START_LIMIT_MS} ms`, { cause: failure });
  }
}
