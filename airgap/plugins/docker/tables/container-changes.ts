import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { type DockerCase, freePort, own } from "./world.ts";

const replaces = "pulumi-docker schema: willReplaceOnChanges";
const updates = "pulumi-docker schema: without willReplaceOnChanges";
const MIB = 1024 * 1024;

/** What a change of each property does. The containers are not started, unless the case is about running ones. */
export const containerChanges: readonly DockerCase[] = [
  { does: "change", name: "memory", source: updates, given: { memory: 64 }, change: { memory: 256 }, verdict: { memory: "UPDATE" }, effect: { HostConfig: { Memory: 256 * MIB } } },
  { does: "change", name: "memory and memorySwap", source: updates, given: { memory: 64, memorySwap: 64 }, change: { memory: 128, memorySwap: 128 }, verdict: { memory: "UPDATE", memorySwap: "UPDATE" },
    effect: { HostConfig: { Memory: 128 * MIB, MemorySwap: 128 * MIB } } },
  { does: "change", name: "memory, lifted", source: "stand-in: Docker keeps the limit, so the update is refused", given: { memory: 64 }, change: { memory: undefined }, verdict: { memory: "DELETE" }, refused: /cannot lift memory/ },
  { does: "change", name: "cpus", source: updates, given: { cpus: "0.50" }, change: { cpus: "1" }, verdict: { cpus: "UPDATE" }, effect: { HostConfig: { NanoCpus: 1e9 } } },
  { does: "change", name: "restart", source: updates, change: { restart: "unless-stopped" }, verdict: { restart: "UPDATE" }, effect: { HostConfig: { RestartPolicy: { Name: "unless-stopped" } } } },
  { does: "change", name: "destroyGraceSeconds", source: updates, change: { destroyGraceSeconds: 7 }, verdict: { destroyGraceSeconds: "UPDATE" } },
  // Without the nameless volume that the image declares: nobody would remove it.
  { does: "change", name: "removeVolumes", source: updates, given: { tmpfs: { "/data": "" } }, change: { removeVolumes: false }, verdict: { removeVolumes: "UPDATE" } },
  { does: "change", name: "wait and waitTimeout of a container that is not started", source: updates, given: { wait: false }, change: { waitTimeout: 5 }, verdict: { waitTimeout: "UPDATE" } },
  { does: "change", name: "mustRun", source: updates, given: { start: true, mustRun: true }, change: { mustRun: false }, verdict: { mustRun: "UPDATE" }, effect: { State: { Running: true } } },
  { does: "change", name: "start and mustRun", source: "documentation of mustRun: the change starts it", change: { start: true, mustRun: true }, verdict: { start: "UPDATE", mustRun: "UPDATE" }, effect: { State: { Running: true } } },
  { does: "change", name: "healthcheck", source: "schema: in place, which Docker cannot: refused, replaceOnChanges is the way", given: { healthcheck: { tests: ["CMD", "true"], interval: "90s" } },
    change: { healthcheck: { tests: ["CMD", "false"], interval: "90s" } }, verdict: { "healthcheck.tests[1]": "UPDATE" }, refused: /Docker cannot change healthcheck .*replaceOnChanges: \["healthcheck"\]/ },
  { does: "change", name: "tmpfs", source: "schema: in place, which Docker cannot: refused", given: { tmpfs: { "/t": "" } }, change: { tmpfs: { "/t": "size=64k" } }, verdict: { 'tmpfs["/t"]': "UPDATE" }, refused: /Docker cannot change tmpfs/ },

  { does: "change", name: "name", source: replaces, change: (subject) => ({ name: `${own(subject)}-b` }), verdict: { name: "UPDATE_REPLACE" }, effect: (seen, subject) => expect(seen.Name).toBe(`/${own(subject)}-b`) },
  { does: "change", name: "image, from tag to id", source: replaces, change: ({ world }) => ({ image: world.image }), verdict: { image: "UPDATE_REPLACE" }, effect: (seen, { world }) => expect(seen.Config.Image).toBe(world.image) },
  { does: "change", name: "command", source: replaces, change: { command: ["sleep 2"] }, verdict: { "command[0]": "UPDATE_REPLACE" }, effect: { Config: { Cmd: ["sleep 2"] } } },
  { does: "change", name: "command, left out", source: "schema: optional and computed, so what is there stays", change: { command: undefined }, verdict: {} },
  { does: "change", name: "entrypoints", source: replaces, change: { entrypoints: ["sh", "-e", "-c"] }, verdict: { "entrypoints[1]": "UPDATE_REPLACE", "entrypoints[2]": "ADD_REPLACE" }, effect: { Config: { Entrypoint: ["sh", "-e", "-c"] } } },
  { does: "change", name: "envs", source: replaces, given: { envs: ["A=1"] }, change: { envs: ["A=1", "B="] }, verdict: { "envs[1]": "ADD_REPLACE" }, effect: (seen) => expect(seen.Config.Env).toEqual(expect.arrayContaining(["A=1", "B="])) },
  { does: "change", name: "envs' order", source: "schema: a set", given: { envs: ["A=1", "B=2"] }, change: { envs: ["B=2", "A=1"] }, verdict: {} },
  { does: "change", name: "an env's value", source: replaces, given: { envs: ["A=1"] }, change: { envs: ["A=2"] }, verdict: { "envs[0]": "UPDATE_REPLACE" }, effect: (seen) => expect(seen.Config.Env).toContain("A=2") },
  { does: "change", name: "hostname", source: replaces, given: { hostname: "a" }, change: { hostname: "b" }, verdict: { hostname: "UPDATE_REPLACE" }, effect: { Config: { Hostname: "b" } } },
  { does: "change", name: "user", source: replaces, change: { user: "1000:0" }, verdict: { user: "ADD_REPLACE" }, effect: { Config: { User: "1000:0" } } },
  { does: "change", name: "groupAdds", source: replaces, change: { groupAdds: ["10"] }, verdict: { groupAdds: "ADD_REPLACE" }, effect: { HostConfig: { GroupAdd: ["10"] } } },
  { does: "change", name: "workingDir", source: replaces, change: { workingDir: "/tmp" }, verdict: { workingDir: "ADD_REPLACE" }, effect: { Config: { WorkingDir: "/tmp" } } },
  { does: "change", name: "labels", source: replaces, change: ({ world }) => ({ labels: [...world.labels, { label: "dive.files", value: "x" }] }), verdict: { "labels[1]": "ADD_REPLACE" }, effect: { Config: { Labels: { "dive.files": "x" } } } },
  { does: "change", name: "labels' order", source: "schema: a set", given: ({ world }) => ({ labels: [...world.labels, { label: "a", value: "" }] }), change: ({ world }) => ({ labels: [{ label: "a", value: "" }, ...world.labels] }), verdict: {} },
  { does: "change", name: "ports", source: replaces, given: { networkMode: "bridge", ports: [{ internal: 80, ip: "127.0.0.1" }] }, change: { ports: [{ internal: 81, ip: "127.0.0.1" }] }, verdict: { "ports[0]": "UPDATE_REPLACE" },
    effect: (seen) => expect(Object.keys(seen.HostConfig.PortBindings)).toEqual(["81/tcp"]) },
  { does: "change", name: "networksAdvanced: another network", source: replaces, prepare: async ({ world, name }) => void (await Promise.all([world.network(`${name}-a`), world.network(`${name}-b`)])),
    given: (subject) => ({ networkMode: undefined, networksAdvanced: [{ name: `${own(subject)}-a` }] }), change: (subject) => ({ networksAdvanced: [{ name: `${own(subject)}-a` }, { name: `${own(subject)}-b` }] }),
    verdict: { "networksAdvanced[1]": "ADD_REPLACE" }, effect: (seen, subject) => expect(Object.keys(seen.NetworkSettings.Networks).sort()).toEqual([`${own(subject)}-a`, `${own(subject)}-b`]) },
  { does: "change", name: "networksAdvanced: an alias", source: replaces, prepare: async ({ world, name }) => void (await world.network(name)),
    given: (subject) => ({ networkMode: undefined, name: `${own(subject)}-c`, networksAdvanced: [{ name: own(subject), aliases: ["one"] }] }), change: (subject) => ({ networksAdvanced: [{ name: own(subject), aliases: ["two", "one"] }] }),
    verdict: { "networksAdvanced[0]": "UPDATE_REPLACE" }, effect: (seen, subject) => expect(seen.NetworkSettings.Networks[own(subject)].Aliases).toEqual(expect.arrayContaining(["one", "two"])) },
  { does: "change", name: "networkMode", source: replaces, change: { networkMode: "bridge" }, verdict: { networkMode: "UPDATE_REPLACE" }, effect: { HostConfig: { NetworkMode: "bridge" } } },
  { does: "change", name: "hosts", source: replaces, change: { hosts: [{ host: "h", ip: "10.9.8.7" }] }, verdict: { hosts: "ADD_REPLACE" }, effect: { HostConfig: { ExtraHosts: ["h:10.9.8.7"] } } },
  { does: "change", name: "volumes", source: replaces, prepare: async ({ world, name }) => void (await world.volume(name)), change: (subject) => ({ volumes: [{ volumeName: own(subject), containerPath: "/v", readOnly: true }] }),
    verdict: { volumes: "ADD_REPLACE" }, effect: (seen, subject) => expect(seen.HostConfig.Binds).toEqual([`${own(subject)}:/v:ro`]) },
  { does: "change", name: "volumes: written out defaults", source: "schema: readOnly is false", prepare: async ({ world, name }) => void (await world.volume(name)),
    given: (subject) => ({ volumes: [{ volumeName: own(subject), containerPath: "/v", readOnly: false }, { hostPath: "/var/empty", containerPath: "/h" }] }), change: {}, verdict: {} },
  { does: "change", name: "uploads", source: replaces, given: { uploads: [{ file: "/etc/a", content: "1", permissions: "0640" }] }, change: { uploads: [{ file: "/etc/a", content: "2", permissions: "0640" }] }, verdict: { "uploads[0]": "UPDATE_REPLACE" },
    effect: async (_seen, { world, stored }) => {
      const archive = await text(await world.docker.getContainer(stored!.id).getArchive({ path: "/etc/a" }));
      expect([archive.includes("0100640"), archive[512]], "a tar of one file: a header of 512 bytes, then the content").toEqual([true, "2"]);
    } },
  { does: "change", name: "stopTimeout", source: replaces, given: { stopTimeout: 5 }, change: { stopTimeout: 6 }, verdict: { stopTimeout: "UPDATE_REPLACE" }, effect: { Config: { StopTimeout: 6 } } },
  { does: "change", name: "capabilities", source: replaces, given: { capabilities: { drops: ["ALL"] } }, change: { capabilities: { drops: ["ALL"], adds: ["NET_BIND_SERVICE"] } }, verdict: { "capabilities.adds": "ADD_REPLACE" },
    effect: { HostConfig: { CapDrop: ["ALL"] } } },
  { does: "change", name: "privileged", source: replaces, change: { privileged: true }, verdict: { privileged: "ADD_REPLACE" }, effect: { HostConfig: { Privileged: true } } },
  { does: "change", name: "securityOpts", source: replaces, change: { securityOpts: ["no-new-privileges"] }, verdict: { securityOpts: "ADD_REPLACE" }, effect: { HostConfig: { SecurityOpt: ["no-new-privileges"] } } },
  { does: "change", name: "readOnly", source: replaces, change: { readOnly: true }, verdict: { readOnly: "UPDATE_REPLACE" }, effect: { HostConfig: { ReadonlyRootfs: true } } },
  { does: "change", name: "pidMode", source: replaces, change: { pidMode: "host" }, verdict: { pidMode: "ADD_REPLACE" }, effect: { HostConfig: { PidMode: "host" } } },
  { does: "change", name: "logDriver and logOpts", source: replaces, change: { logDriver: "json-file", logOpts: { "max-size": "1m" } }, verdict: { logDriver: "ADD_REPLACE", logOpts: "ADD_REPLACE" },
    effect: { HostConfig: { LogConfig: { Type: "json-file", Config: { "max-size": "1m" } } } } },
  { does: "change", name: "a default, said", source: "schema: defaults", change: { restart: "no", readOnly: false, waitTimeout: 60 }, verdict: {} },
  { does: "change", name: "an external port, started", source: "resources.go: deleteBeforeReplace, since the port would be taken", given: { start: true, mustRun: true, networkMode: "bridge", ports: [{ internal: 80, ip: "127.0.0.1", external: await freePort() }] },
    change: { envs: ["A=1"] }, verdict: { envs: "ADD_REPLACE" }, effect: { State: { Running: true } } },
];
