import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { expect } from "vitest";
import { Secret } from "../../server/values.ts";
import { type DockerCase, type DockerSubject, freePort, own } from "./world.ts";

const computed = ["networkDatas", "exitCode", "hostname"];
const running = { start: true, mustRun: true };
const quick = { interval: "200ms", timeout: "1s", retries: 1 };
const shell = (script: string) => ({ entrypoints: ["sh", "-c"], command: [script] });
const until = (file: string) => `trap 'exit 0' TERM; test -f ${file} || exit 7; while :; do sleep 0.1; done`;
const self = ({ world, stored }: DockerSubject) => world.docker.getContainer(stored!.id);
const port = await freePort();
const publish = { networkMode: "bridge", ports: [{ internal: 80, ip: "127.0.0.1", external: port, protocol: "tcp" }] };

async function putFile(subject: DockerSubject, name: string): Promise<void> {
  const archive = pack();
  archive.entry({ name }, "");
  archive.finalize();
  await self(subject).putArchive(await buffer(archive), { path: "/" });
}

async function touch(subject: DockerSubject, file: string): Promise<void> {
  await (await self(subject).exec({ Cmd: ["touch", file], User: "0" })).start({});
}

/** Everything but changes of properties. */
export const containerLifecycle: readonly DockerCase[] = [
  { does: "create", name: "as the program's services", source: "components/workload.ts", computed, prepare: async ({ world, name }) => void (await Promise.all([world.network(name), world.network(`${name}-b`), world.volume(name)])),
    given: (subject) => ({
      ...running, user: "1000:0", envs: ["B=2", "A=1", "EMPTY="], networkMode: "bridge", networksAdvanced: ["", "-b"].map((suffix) => ({ name: own(subject) + suffix, aliases: ["x"] })),
      ports: [{ internal: 80, ip: "127.0.0.1", protocol: "tcp" }], volumes: [{ volumeName: own(subject), containerPath: "/data", readOnly: false }], tmpfs: { "/tmp": "size=64k,mode=1777" }, readOnly: true,
      capabilities: { drops: ["ALL"] }, securityOpts: ["no-new-privileges"], memory: 64, memorySwap: 64, restart: "unless-stopped", stopTimeout: 1,
      healthcheck: { tests: ["CMD", "true"], interval: "10s", timeout: "5s", retries: 3, startPeriod: "90s" },
    }),
    outputs: (subject) => ({ ports: [{ internal: 80, external: expect.any(Number) as number }], networkDatas: ["", "-b"].map((suffix) => ({ networkName: own(subject) + suffix, ipAddress: expect.stringMatching(/^\d/) as string })) }),
    effect: { State: { Running: true }, HostConfig: { ReadonlyRootfs: true, CapDrop: ["ALL"], NanoCpus: 0 } } },
  { does: "create", name: "as the program's file writers: never started", source: "components/workload.ts", computed, prepare: async ({ world, name }) => void (await world.volume(name)),
    given: (subject) => ({ volumes: [{ volumeName: own(subject), containerPath: "/run/dive", readOnly: false }], uploads: [{ file: "/run/dive/a/key", content: new Secret("the key\n"), permissions: "0640" }, { file: "/run/dive/b", contentBase64: "AP8=" }] }),
    effect: async (seen, subject) => {
      expect(seen.State.Status).toBe("created");
      expect(subject.stored!.state["uploads"], "a secret in a list makes the list secret").toBeInstanceOf(Secret);
      const reader = await subject.world.container(`${subject.name}-reader`, { User: "1000:0", Entrypoint: ["sh", "-c"], Cmd: ["stat -c '%a %u %g' /d/a/key; cat /d/a/key; sleep 60"], HostConfig: { Binds: [`${own(subject)}:/d:ro`] } });
      await expect.poll(async () => (await reader.logs({ stdout: true, stderr: true, follow: false })).toString("utf8")).toMatch(/640 0 0[^]*the key/);
    } },
  { does: "create", name: "without a name, restarted in between", source: "bridge: a name and 7 random digits", given: { name: undefined, ...running }, outputs: ({ name }) => ({ name: expect.stringMatching(`^${name}-`) as string }),
    effect: (_seen, subject) => self(subject).restart({ t: 0 }) },
  { does: "create", name: "waiting for health", source: "documentation of wait", given: { ...running, wait: true, waitTimeout: 20, healthcheck: { ...quick, tests: ["CMD-SHELL", "test -f /tmp/up"] }, ...shell("sleep 1; touch /tmp/up; sleep 60") },
    effect: async (_seen, subject) => expect((await self(subject).inspect()).State.Health?.Status).toBe("healthy") },

  { does: "drift", name: "docker rm -f", source: "provider: not found is gone", given: running, outside: (subject) => self(subject).remove({ force: true, v: true }), verdict: "gone", effect: { State: { Running: true } } },
  { does: "drift", name: "docker stop", source: "documentation of mustRun: a stopped container shows as mustRun false and is started", given: running, outside: (subject) => self(subject).stop({ t: 1 }), verdict: { mustRun: "UPDATE" }, effect: { State: { Running: true } } },
  { does: "drift", name: "docker stop of one that need not run", source: "documentation of mustRun", given: { start: true }, outside: (subject) => self(subject).stop({ t: 1 }), verdict: {}, effect: { State: { Running: false } } },
  { does: "drift", name: "docker update --restart", source: "provider: reads restart", outside: (subject) => self(subject).update({ RestartPolicy: { Name: "always" } }), verdict: { restart: "UPDATE" }, effect: { HostConfig: { RestartPolicy: { Name: "no" } } } },
  { does: "drift", name: "docker update --memory", source: "provider: reads memory", given: { memory: 64, memorySwap: 64 }, outside: (subject) => self(subject).update({ Memory: 32 * 1024 * 1024 }), verdict: { memory: "UPDATE" },
    effect: { HostConfig: { Memory: 64 * 1024 * 1024 } } },
  { does: "drift", name: "docker rename", source: "provider: reads name", outside: (subject) => self(subject).rename({ name: `${own(subject)}-renamed` }), verdict: { name: "UPDATE_REPLACE" }, effect: (seen, subject) => expect(seen.Name).toBe(`/${own(subject)}`) },
  { does: "drift", name: "docker network disconnect", source: "stand-in reads networksAdvanced (the provider does not)", prepare: async ({ world, name }) => void (await Promise.all([world.network(name), world.network(`${name}-b`)])),
    given: (subject) => ({ networkMode: undefined, networksAdvanced: [{ name: own(subject) }, { name: `${own(subject)}-b` }] }),
    outside: (subject) => subject.world.docker.getNetwork(`${own(subject)}-b`).disconnect({ Container: subject.stored!.id }), verdict: { "networksAdvanced[1]": "ADD_REPLACE" },
    effect: (seen, subject) => expect(Object.keys(seen.NetworkSettings.Networks)).toContain(`${own(subject)}-b`) },

  { does: "import", name: "by id", source: "provider: start and destroyGraceSeconds cannot be imported", given: { ...running, envs: ["A=1"], memory: 64, memorySwap: 64 }, verdict: { destroyGraceSeconds: "ADD" } },
  { does: "import", name: "by name", source: "Docker takes a name for an id", id: own, given: { ...running, restart: "always", readOnly: true }, verdict: { destroyGraceSeconds: "ADD" } },

  ...Object.entries({
    "an unknown property": [{ gpus: "all" }, { gpus: /not a property that the stand-in plugin supports/ }],
    "an unknown property, nested": [{ ports: [{ internal: 80, publish: true }] }, { "ports[0].publish": /not a property/ }],
    "a wrong type": [{ memory: "64" }, { memory: /must be a number; given: a string/ }],
    "no image": [{ image: undefined }, { image: /is required/ }],
    "an unknown restart policy": [{ restart: "sometimes" }, { restart: /must be one of .*"unless-stopped"/ }],
    "an impossible port": [{ ports: [{ internal: 80, external: 70000 }] }, { "ports[0].external": /1 to 65535/ }],
    "a variable without a value": [{ envs: ["A=1", "B"] }, { "envs[1]": /NAME=value/ }],
  } as const).map(([name, [change, failures]]): DockerCase => ({ does: "invalid", name, source: "stand-in: refused by path", change: { ...change } as never, failures })),

  { does: "refuse", name: "a name that is taken", source: "existing objects are not adopted", message: /is already in use by container .*not taken over/, prepare: async ({ world, name }) => void (await world.container(name)) },
  { does: "refuse", name: "an image that is not there", source: "provider: fails", given: { image: "sha256:" + "0".repeat(64) }, message: /cannot create container .*No such image/ },

  { does: "half", name: "a port that is taken", source: "provider: the id is set before the start", given: { ...running, ...publish }, prepare: async ({ world, name }) =>
      void (await world.container(`${name}-holder`, { ExposedPorts: { "80/tcp": {} }, HostConfig: { PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] } } })),
    message: new RegExp(`cannot start container .*${port}.*already allocated`), left: { State: { Status: "created" } }, mend: (subject) => subject.world.docker.getContainer(`${own(subject)}-holder`).remove({ force: true, v: true }), effect: { State: { Running: true } } },
  { does: "half", name: "a process that ends, told without secrets", source: "provider: container exited immediately", given: { ...running, envs: ["PASSWORD=correct-horse"], ...shell(`echo not with $PASSWORD; ${until("/ok")}`) },
    message: /ended right after its start with exit code 7[^]*not with \[redacted\]/, left: { State: { ExitCode: 7 } }, mend: (subject) => putFile(subject, "ok"), effect: { State: { Running: true } } },
  { does: "half", name: "a health that does not come", source: "documentation of waitTimeout", given: { ...running, wait: true, waitTimeout: 1, healthcheck: { ...quick, tests: ["CMD-SHELL", "test -f /ok || { echo no database; false; }"] } },
    message: /is unhealthy after 1 s \(waitTimeout\); last output of its health check: no database/, left: { State: { Running: true } }, mend: (subject) => touch(subject, "/ok"), effect: { State: { Running: true } } },
  { does: "half", name: "a network that is missing", source: "provider: networks are connected after the create; Docker looks for them at the start", prepare: async ({ world, name }) => void (await world.network(name)),
    given: (subject) => ({ ...running, networkMode: undefined, networksAdvanced: [{ name: own(subject) }, { name: `${own(subject)}-b` }], uploads: [{ file: "/ok", content: "" }], ...shell(until("/ok")) }), message: /network .*-b not found/,
    mend: ({ world, name }) => world.network(`${name}-b`), effect: (seen, subject) => expect([seen.State.Running, Object.keys(seen.NetworkSettings.Networks).length, own(subject) in seen.NetworkSettings.Networks]).toEqual([true, 2, true]) },

  { does: "delete", name: "twice", source: "already gone is success", given: running },
  { does: "delete", name: "after somebody else did", source: "already gone is success", outside: (subject) => self(subject).remove({ force: true, v: true }) },
  { does: "delete", name: "of one that was never started", source: "removed without a stop" },
];
