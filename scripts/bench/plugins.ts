import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { PluginProcess } from "../../airgap/plugins/server/test-client.ts";
import type { Bag } from "../../airgap/plugins/server/values.ts";
import { testKeycloak } from "../../tests/support/keycloak-server.ts";
import { findPaths } from "../paths.ts";
import type { Display } from "../progress.ts";
import { type TimedService, timedService } from "./service-time.ts";

/** Resources that are made and removed with each plugin, after one that is not counted: it connects and loads the client library. */
const RESOURCES = 40;

/** What one plugin took. */
export interface PluginFigure {
  readonly plugin: string;
  /** Type of the resources. */
  readonly token: string;
  /** Most memory that the process had resident, in MiB. */
  readonly peakMiB: number;
  /** Median of the plugin's own time for a new resource (Check, Create), in ms: what it takes beyond its service. */
  readonly createMs: number;
  /** The same for a resource that is refreshed and unchanged (Check, Read, Diff). */
  readonly unchangedMs: number;
  /** Median of the service's own time for a new resource, in ms; 0 where there is no service. */
  readonly serviceMs: number;
}

interface Subject {
  readonly plugin: string;
  readonly token: string;
  readonly config: Bag;
  readonly service?: TimedService;
  inputs(index: number): Bag;
}

/**
 * Measures every stand-in plugin on its real service, which is reached through a proxy that measures the service's own time. Keycloak and
 * PostgreSQL are started for it (DIVE_IMAGES), Docker is the machine's.
 */
export async function benchPlugins(progress: Display): Promise<PluginFigure[]> {
  await using servers = new AsyncDisposableStack();
  const keycloak = servers.use(await progress.step("Starting PostgreSQL and Keycloak", () => testKeycloak()));
  const socket = /^unix:\/\/(.+)$/.exec(process.env["DOCKER_HOST"] ?? "")?.[1] ?? "/var/run/docker.sock";
  const docker = servers.use(await timedService({ path: socket }));
  const timedKeycloak = servers.use(await timedService({ host: "127.0.0.1", port: Number(new URL(keycloak.url).port) }));
  const postgres = servers.use(await timedService({ host: "127.0.0.1", port: keycloak.postgres.port }));
  const { clientId, clientSecret } = keycloak;
  const subjects: Subject[] = [
    { plugin: "docker", token: "docker:index/volume:Volume", service: docker, config: { host: `tcp://127.0.0.1:${docker.port}` }, inputs: () => ({ labels: [{ label: "dive.test", value: "bench" }] }) },
    {
      plugin: "keycloak", token: "keycloak:index/role:Role", service: timedKeycloak,
      config: { url: `https://localhost:${timedKeycloak.port}`, clientId, clientSecret, rootCaCertificate: keycloak.ca }, inputs: (index) => ({ realmId: "master", name: `bench-${index}` }),
    },
    {
      plugin: "postgresql", token: "postgresql:index/role:Role", service: postgres,
      config: { host: "localhost", port: String(postgres.port), password: keycloak.postgres.password, sslmode: "verify-full", sslrootcert: keycloak.postgres.caFile }, inputs: (index) => ({ name: `bench-${index}` }),
    },
    { plugin: "random", token: "random:index/randomPassword:RandomPassword", config: {}, inputs: () => ({ length: 32 }) },
    { plugin: "tls", token: "tls:index/privateKey:PrivateKey", config: {}, inputs: () => ({ algorithm: "ECDSA", ecdsaCurve: "P256" }) },
  ];
  const figures: PluginFigure[] = [];
  for (const subject of subjects) figures.push(await progress.step(`Measuring: plugin ${subject.plugin}`, () => measurePlugin(subject)));
  return figures;
}

async function measurePlugin({ plugin, token, config, service, inputs: programOf }: Subject): Promise<PluginFigure> {
  await using running = await PluginProcess.startWarm(join(findPaths().root, "airgap", "plugins", plugin, "main.ts"), token, config);
  /** The plugin's own time and its service's for some calls. */
  const timed = async <T>(work: () => Promise<T>): Promise<{ own: number; service: number; result: T }> => {
    const before = (await service?.busyMs()) ?? 0;
    const started = performance.now();
    const result = await work();
    const all = performance.now() - started;
    const busy = ((await service?.busyMs()) ?? 0) - before;
    return { own: all - busy, service: busy, result };
  };
  const creates: { own: number; service: number }[] = [];
  const unchanged: { own: number; service: number }[] = [];
  for (let index = 0; index <= RESOURCES; index++) {
    const name = `bench-${index}`;
    const made = await timed(async () => {
      const { inputs, failures } = await running.check(name, programOf(index), {}, index);
      if (failures.length > 0) throw new Error(`${name}: ${failures.join("; ")}`);
      return { inputs, ...(await running.create(name, inputs)) };
    });
    const { id, inputs, state } = made.result;
    const same = await timed(async () => {
      const read = await running.read(name, id, state, inputs);
      const checked = await running.check(name, programOf(index), read.inputs, index);
      return running.diff(name, id, read.inputs, read.state, checked.inputs);
    });
    if (same.result.changed) throw new Error(`${name}: differs from itself after a read: ${Object.keys(same.result.detailed).join(", ")}`);
    await running.delete(name, id, inputs, state);
    if (index === 0) continue;
    creates.push(made);
    unchanged.push(same);
  }
  const own = (of: readonly { own: number }[]): number => median(of.map((one) => one.own));
  return { plugin, token, peakMiB: running.peakMemoryMib(), createMs: own(creates), unchangedMs: own(unchanged), serviceMs: median(creates.map((one) => one.service)) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
