import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { type DockerCase, type DockerWorld, found, own } from "./world.ts";

const schema = "pulumi-docker schema: willReplaceOnChanges";

const cases: readonly DockerCase[] = [
  { does: "create", name: "with a name and labels", source: "schema: mountpoint is computed, driver defaults to local", computed: ["mountpoint"],
    outputs: { driver: "local", mountpoint: expect.stringContaining("/volumes/") as string },
    effect: (seen, { world }) => expect(seen).toMatchObject({ Driver: "local", Labels: { "dive.test": world.prefix } }) },
  { does: "create", name: "without a name", source: "bridge: a name and 7 random digits", given: { name: undefined },
    outputs: ({ name }) => ({ name: expect.stringMatching(new RegExp(`^${name}-[0-9a-f]{7}$`)) as string }) },
  { does: "change", name: "name", source: schema, change: (subject) => ({ name: `${own(subject)}-b` }), verdict: { name: "UPDATE_REPLACE" }, deleteBeforeReplace: true,
    effect: async (seen, subject) => {
      expect(seen).toMatchObject({ Name: `${own(subject)}-b` });
      expect(await found(subject.world.docker.getVolume(own(subject)).inspect())).toBeUndefined();
    } },
  { does: "change", name: "labels", source: schema, change: ({ world }) => ({ labels: [...world.labels, { label: "a", value: "" }] }), verdict: { "labels[1]": "ADD_REPLACE" }, deleteBeforeReplace: true,
    effect: { Labels: { a: "" } } },
  { does: "change", name: "labels' order", source: "schema: a set", given: ({ world }) => ({ labels: [...world.labels, { label: "a", value: "1" }] }),
    change: ({ world }) => ({ labels: [{ label: "a", value: "1" }, ...world.labels] }), verdict: {} },
  { does: "change", name: "labels of an unnamed volume", source: "bridge: an autonamed resource is replaced create-first, under a new name", given: { name: undefined },
    change: ({ world }) => ({ labels: [...world.labels, { label: "a", value: "" }] }), verdict: { "labels[1]": "ADD_REPLACE" }, deleteBeforeReplace: false,
    effect: ({ Name }, { name, stored }) => expect([Name, Name.startsWith(name)]).toEqual([stored?.id, true]) },
  { does: "change", name: "the default driver, said", source: "schema: driver defaults to local", change: { driver: "local" }, verdict: {} },
  { does: "drift", name: "docker volume rm", source: "a deleted volume is found gone and made again", outside: (subject) => subject.world.docker.getVolume(own(subject)).remove(), verdict: "gone" },
  { does: "drift", name: "made anew with other labels", source: "provider: reads labels",
    outside: async (subject) => {
      await subject.world.docker.getVolume(own(subject)).remove();
      await subject.world.docker.createVolume({ Name: own(subject), Labels: { "dive.test": subject.world.prefix, stranger: "1" } });
    },
    verdict: { "labels[1]": "DELETE_REPLACE" }, effect: (seen) => expect(seen.Labels).not.toHaveProperty("stranger") },
  { does: "import", name: "by name", source: "registry documentation: terraform id is the name" },
  { does: "invalid", name: "an unknown property", source: "stand-in: refused by name", change: { cluster: {} }, failures: { cluster: /not a property that the stand-in plugin supports/ } },
  { does: "invalid", name: "a wrong type", source: "schema: a string", change: { name: 7 }, failures: { name: /must be a string; given: a number/ } },
  { does: "invalid", name: "a label without a value", source: "schema: required", change: { labels: [{ label: "a" }] }, failures: { "labels[0].value": /required/ } },
  { does: "refuse", name: "a name that is taken", source: "existing objects are not adopted (Docker itself would)", message: /there is one of that name, made .*not taken over/,
    prepare: async (subject) => void (await subject.world.volume(subject.name)) },
  { does: "delete", name: "twice", source: "already gone is success" },
  { does: "delete", name: "after somebody else did", source: "already gone is success", outside: (subject) => subject.world.docker.getVolume(own(subject)).remove() },
];

/** `docker.Volume`. */
export const volumeTable: Table<DockerWorld> = {
  token: "docker:index/volume:Volume",
  base: (subject) => ({ name: own(subject), labels: subject.world.labels }),
  look: (subject) => found(subject.world.docker.getVolume(subject.stored?.id ?? own(subject)).inspect()),
  deleteBeforeReplace: true,
  cases,
};
