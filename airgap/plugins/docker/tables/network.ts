import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { type DockerCase, type DockerSubject, type DockerWorld, found, own } from "./world.ts";

const schema = "pulumi-docker schema: willReplaceOnChanges";

/** Replaces a network by one of the same name behind the program's back: Docker cannot change one. */
async function remake(subject: DockerSubject, more: object): Promise<void> {
  await subject.world.docker.getNetwork(subject.stored!.id).remove();
  await subject.world.docker.createNetwork({ Name: own(subject), Labels: { "dive.test": subject.world.prefix }, ...more });
}

const cases: readonly DockerCase[] = [
  { does: "create", name: "as the program's: a subnet and labels", source: "schema: scope is computed, driver is bridge", computed: ["scope"],
    given: { ipamConfigs: [{ subnet: "10.199.7.0/24" }] }, outputs: { scope: "local", driver: "bridge" }, effect: { IPAM: { Config: [{ Subnet: "10.199.7.0/24" }] } } },
  { does: "create", name: "without a name", source: "bridge: a name and 7 random digits", given: { name: undefined },
    outputs: ({ name }) => ({ name: expect.stringMatching(new RegExp(`^${name}-[0-9a-f]{7}$`)) as string }) },
  { does: "change", name: "name", source: schema, change: (subject) => ({ name: `${own(subject)}-b` }), verdict: { name: "UPDATE_REPLACE" }, effect: (seen, subject) => expect(seen.Name).toBe(`${own(subject)}-b`) },
  { does: "change", name: "internal", source: schema, change: { internal: true }, verdict: { internal: "UPDATE_REPLACE" }, effect: { Internal: true } },
  { does: "change", name: "a subnet", source: schema, given: { ipamConfigs: [{ subnet: "10.199.8.0/24" }] }, change: { ipamConfigs: [{ subnet: "10.199.9.0/24" }] },
    verdict: { "ipamConfigs[0]": "UPDATE_REPLACE" }, effect: { IPAM: { Config: [{ Subnet: "10.199.9.0/24" }] } } },
  { does: "change", name: "a gateway", source: schema, given: { ipamConfigs: [{ subnet: "10.199.10.0/24" }] }, change: { ipamConfigs: [{ subnet: "10.199.10.0/24", gateway: "10.199.10.9" }] },
    verdict: { "ipamConfigs[0]": "UPDATE_REPLACE" }, effect: { IPAM: { Config: [{ Gateway: "10.199.10.9" }] } } },
  { does: "change", name: "labels", source: schema, change: ({ world }) => ({ labels: [...world.labels, { label: "a", value: "1" }] }), verdict: { "labels[1]": "ADD_REPLACE" }, effect: { Labels: { a: "1" } } },
  { does: "change", name: "the driver's default, said", source: "schema: bridge is the daemon's default", change: { driver: "bridge" }, verdict: {} },
  { does: "change", name: "labels of an unnamed network", source: "bridge: an autonamed resource is replaced create-first", given: { name: undefined },
    change: ({ world }) => ({ labels: [...world.labels, { label: "a", value: "" }] }), verdict: { "labels[1]": "ADD_REPLACE" }, deleteBeforeReplace: false },
  { does: "drift", name: "docker network rm", source: "provider: not found is gone", outside: ({ world, stored }) => world.docker.getNetwork(stored!.id).remove(), verdict: "gone" },
  { does: "drift", name: "made anew under its name", source: "provider: the id is Docker's, so it is another network; it is in the way of the next create", verdict: "gone",
    outside: (subject) => remake(subject, { Internal: true }).then(() => subject.world.docker.getNetwork(own(subject)).remove()) },
  { does: "import", name: "by Docker's id", source: "registry documentation: the long id", given: { ipamConfigs: [{ subnet: "10.199.11.0/24", gateway: "10.199.11.1" }], internal: true } },
  { does: "import", name: "by name", source: "Docker takes a name for an id", id: own, given: { ipamConfigs: [{ subnet: "10.199.12.0/24", gateway: "10.199.12.1" }] } },
  { does: "invalid", name: "an unknown property", source: "stand-in: refused by name", change: { checkDuplicate: true }, failures: { checkDuplicate: /not a property/ } },
  { does: "invalid", name: "a wrong type, nested", source: "schema: a string", change: { ipamConfigs: [{ subnet: 7 }] }, failures: { "ipamConfigs[0].subnet": /must be a string/ } },
  { does: "refuse", name: "a name that is taken", source: "existing objects are not adopted", message: /already exists/, prepare: async ({ world, name }) => void (await world.network(name)) },
  { does: "refuse", name: "a subnet that is taken", source: "Docker refuses an overlap", message: /overlap/, given: { ipamConfigs: [{ subnet: "10.199.13.0/24" }] },
    prepare: async ({ world, name }) =>
      void (await world.docker.createNetwork({ Name: world.named(`${name}-other`), Labels: { "dive.test": world.prefix }, IPAM: { Driver: "default", Config: [{ Subnet: "10.199.13.0/25" }] } })) },
  { does: "delete", name: "twice", source: "already gone is success" },
  { does: "delete", name: "after somebody else did", source: "already gone is success", outside: ({ world, stored }) => world.docker.getNetwork(stored!.id).remove() },
];

/** `docker.Network`. */
export const networkTable: Table<DockerWorld> = {
  token: "docker:index/network:Network",
  base: (subject) => ({ name: own(subject), labels: subject.world.labels }),
  look: (subject) => found(subject.world.docker.getNetwork(subject.stored?.id ?? own(subject)).inspect()),
  deleteBeforeReplace: true,
  cases,
};
