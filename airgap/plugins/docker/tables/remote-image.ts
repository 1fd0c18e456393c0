import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { type DockerCase, type DockerSubject, type DockerWorld, found, own } from "./world.ts";

const schema = "pulumi-docker schema: willReplaceOnChanges";
const untag = (subject: DockerSubject): Promise<unknown> => subject.world.docker.getImage(`${own(subject)}:1`).remove();

const cases: readonly DockerCase[] = [
  { does: "create", name: "of a local image, without a pull", source: "provider: the id is image id + name", computed: ["imageId", "repoDigest"],
    outputs: (subject) => ({ imageId: subject.world.imageId, repoDigest: "" }), effect: (seen, subject) => expect(subject.stored?.id).toBe(`${seen.Id}${own(subject)}:1`) },
  { does: "change", name: "name", source: schema, verdict: { name: "UPDATE_REPLACE" },
    prepare: (subject) => subject.world.docker.getImage(subject.world.image).tag({ repo: own(subject), tag: "2" }).then(() => undefined),
    change: (subject) => ({ name: `${own(subject)}:2` }),
    effect: async (seen, subject) => {
      expect(subject.stored?.id).toBe(`${seen.Id}${own(subject)}:2`);
      expect(await found(subject.world.docker.getImage(`${own(subject)}:1`).inspect()), "the old name").toBeUndefined();
    } },
  { does: "change", name: "keepLocally", source: "schema: in place", change: { keepLocally: true }, verdict: { keepLocally: "ADD" } },
  { does: "change", name: "keepLocally, then a delete", source: "provider: a kept image stays", given: { keepLocally: false }, change: { keepLocally: true }, verdict: { keepLocally: "UPDATE" },
    effect: (seen, { world }) => expect(seen.Id).toBe(world.imageId) },
  { does: "drift", name: "another image under the name", source: "provider: the id and imageId follow; nothing to do", verdict: {},
    outside: async (subject) => (await subject.world.container(subject.name)).commit({ repo: own(subject), tag: "1" }),
    effect: (seen, subject) => expect([subject.stored?.id, subject.stored?.state["imageId"]]).toEqual([`${seen.Id}${own(subject)}:1`, seen.Id]) },
  { does: "import", name: "by image id and name", source: "provider: its id" },
  { does: "import", name: "by name", source: "stand-in: a bare name is taken too", id: (subject) => `${own(subject)}:1` },
  { does: "invalid", name: "no name", source: "schema: required", change: { name: undefined }, failures: { name: /required by docker:index\/remoteImage:RemoteImage and missing; expected a string/ } },
  { does: "invalid", name: "a build", source: "stand-in: refused by name", change: { build: { context: "." } }, failures: { build: /not a property/ } },
  { does: "refuse", name: "an image that no registry has", source: "provider: pulls what is not local", given: { name: "127.0.0.1:9/none" }, message: /cannot pull image "127\.0\.0\.1:9\/none:latest"/ },
  { does: "delete", name: "twice", source: "already gone is success" },
  { does: "delete", name: "after somebody else did", source: "already gone is success", outside: untag },
];

/** `docker.RemoteImage`, on tags of the local image: removing one leaves the image itself. */
export const remoteImageTable: Table<DockerWorld> = {
  token: "docker:index/remoteImage:RemoteImage",
  base: (subject) => ({ name: `${own(subject)}:1` }),
  look: (subject) => found(subject.world.docker.getImage(subject.stored?.id.replace(/^sha256:[0-9a-f]{64}/, "") ?? `${own(subject)}:1`).inspect()),
  cases: cases.map((one) => ({
    ...one,
    prepare: async (subject: DockerSubject) => {
      await subject.world.docker.getImage(subject.world.image).tag({ repo: own(subject), tag: "1" });
      await one.prepare?.(subject);
    },
  })),
};
