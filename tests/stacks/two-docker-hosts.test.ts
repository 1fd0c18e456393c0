// Hub, FRA and DEU as three stacks with three passphrases, FRA on a second Docker host and with an authority of its own: links, documents, keys and revocations cross the hosts by what each side advertises.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SiteDescriptor } from "../../partner-config.ts";
import { allOf } from "../support/all-of.ts";
import { docker, NOTHING, runningContainers, stackObjects } from "../support/docker.ts";
import { call, openSealed, sealed, upload } from "../support/documents.ts";
import { login, type LoggedIn } from "../support/login.ts";
import { OwnDockerd } from "../support/own-dockerd.ts";
import { ROOT } from "../support/paths.ts";
import { SiteStacks } from "../support/site-stacks.ts";
import { readStack, type Instance, type RunningStack } from "../support/stack.ts";
import { whoami } from "../support/backend.ts";
import { trustOnly } from "../support/trust.ts";

const CODES = ["FRA", "DEU"] as const;
/** Two rounds of the hub's prober, and a moment. */
const ACTIVE_LIMIT_MS = 90_000;
const SOON = { timeout: 10_000, interval: 50 };

const cable = { name: "dive-two-hosts", machine: "10.212.0.1", daemon: "10.212.0.2", prefix: 30 };
const second = new OwnDockerd(cable);
const sites = new SiteStacks({ name: "sites-two", portOffset: 14_000, config: { "dive:seedTestUsers": true }, apart: ["FRA"] });
const [HUB, FRA, DEU] = [sites.hub, sites.spoke("FRA"), sites.spoke("DEU")];
const here = { "dive:advertiseAddress": cable.machine };
const dockerOf = (stack: string) => (stack === FRA ? second.docker : docker);
let hub: Record<string, string>;

beforeAll(async () => {
  await second.start();
  await sites.configureHub([], here);
  await sites.run(HUB, "up");
  await sites.configureSpoke("FRA", { "dive:advertiseAddress": cable.daemon, "dive:dockerHost": second.host });
  await sites.configureSpoke("DEU", here);
}, 20 * 60_000);

afterAll(async () => {
  await using _ = second; // the daemon goes last, and whatever happens
  const left = await sites.destroy(CODES, dockerOf);
  for (const [stack, objects] of Object.entries(left)) expect(objects, `left of ${stack}`).toEqual(NOTHING);
}, 15 * 60_000);

test("the hub admits both: an authority that is new restarts its Keycloak, and nothing else", { timeout: 15 * 60_000 }, async () => {
  const admit = async (descriptors: readonly SiteDescriptor[]) => {
    const before = await runningContainers(HUB);
    await sites.configureHub(descriptors, here);
    await sites.run(HUB, "up");
    hub = await runningContainers(HUB);
    return Object.keys(hub).filter((name) => hub[name] !== before[name]);
  };
  const deu = await sites.descriptorOf("DEU");
  const fra = await sites.descriptorOf("FRA");
  expect(fra.caCertificate).not.toBe(deu.caCertificate);
  expect(await admit([deu])).toEqual([]);
  expect(await admit([deu, fra])).toEqual(["sites-two-dive-hub-keycloak"]);
});

test("both spokes come up, each on its host, and every direction is verified by a real sign-in", { timeout: 20 * 60_000 }, async () => {
  await allOf([FRA, DEU].map((stack) => sites.run(stack, "up")));
  expect((await stackObjects(FRA, ROOT, second.docker)).containers).toContain("sites-two-dive-spoke-fra-keycloak");
  expect(await stackObjects(FRA), "FRA on this host").toEqual(NOTHING);
  expect((await second.docker.listContainers({ all: true })).filter(({ Names: [name] }) => !name!.includes("-spoke-fra-")), "others on the second host").toEqual([]);
  const directions = CODES.flatMap((code) => [`${code} USA`, `USA ${code}`]).sort();
  await expect.poll(() => sites.verified(HUB), { timeout: ACTIVE_LIMIT_MS, interval: 5_000 }).toEqual(directions);
  for (const stack of [FRA, DEU]) await sites.run(stack, "federation", "verify", "USA");
  for (const stack of [HUB, FRA, DEU]) await sites.run(stack, "up", "--expect-no-changes");
  for (const stack of [HUB, FRA, DEU]) await sites.run(stack, "status");
  expect(await runningContainers(HUB), "the hub was neither replaced nor restarted").toEqual(hub);
});

test("status shows FRA's containers at the address that it advertises", async () => {
  const { stdout } = await sites.run(FRA, "status", "--json");
  const { containers } = JSON.parse(stdout) as { containers: { service: string; state: string; url: string }[] };
  expect(containers.filter(({ url }) => url !== "").map(({ service, url }) => `${service} ${url}`).sort()).toEqual([
    "backend https://10.212.0.2:18010", "kas https://10.212.0.2:23010", "keycloak https://10.212.0.2:22453", "postgres postgresql://10.212.0.2:19442",
  ]);
});

interface People {
  readonly usa: Instance;
  readonly fra: Instance;
  /** Signs a test user in at home. */
  readonly signIn: (code: "USA" | "FRA", level: number, clientSuffix?: string) => Promise<LoggedIn>;
}

/** Hub and FRA with their test users. */
async function people(): Promise<People> {
  const stacks: Record<string, RunningStack> = { USA: await readStack(HUB, sites.options(HUB)), FRA: await readStack(FRA, sites.options(FRA)) };
  trustOnly(`${stacks["USA"]!.ca}\n${stacks["FRA"]!.ca}`);
  const of = (code: string) => stacks[code]!.instances[code]!;
  return {
    usa: of("USA"),
    fra: of("FRA"),
    signIn: (code, level, clientSuffix = "") => {
      const username = `testuser-${code.toLowerCase()}-${level}`;
      return login({ site: { ...of(code), clientId: `${of(code).clientId}${clientSuffix}` }, username, password: stacks[code]!.users[code]![username]!.password });
    },
  };
}

test("what the hub keeps is read at FRA, with a key from the hub's KAS", async () => {
  const { usa, fra, signIn } = await people();
  const id = await upload(usa, await signIn("USA", 1), "across hosts", { classification: "UNCLASSIFIED", releasabilityTo: ["USA", "FRA"] });
  const french = await signIn("FRA", 1);
  expect(await openSealed(await sealed(fra, french, id), french, [usa])).toBe("across hosts");
});

test("a person whom the hub revokes is refused by FRA's backend, and may sign in again", async () => {
  const { usa, fra, signIn } = await people();
  const answer = async ({ accessToken }: LoggedIn) => {
    const { status, body } = await whoami(fra, accessToken);
    return status === 200 ? "served" : body["code"];
  };
  const french = await signIn("FRA", 2);
  expect(await answer(french)).toBe("served");
  const revoked = await call(usa.backendUrl, "/api/auth/blacklist-token", await signIn("USA", 5, "-administration"), {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ uniqueID: "fra:testuser-fra-2" }),
  });
  expect(revoked.status, JSON.stringify(revoked.body)).toBe(200);
  await expect.poll(() => answer(french), SOON).toBe("DIVE_ERR_TOKEN_REVOKED");
  // Sign-in times are whole seconds, and in doubt a sign-in was before: the next second counts as after.
  await expect.poll(async () => answer(await signIn("FRA", 2)), { timeout: 30_000, interval: 250 }).toBe("served");
});
