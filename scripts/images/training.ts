import { randomBytes } from "node:crypto";
import { access, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contentHash } from "./content-hash.ts";
import { docker } from "./docker-cli.ts";
import { imageCache } from "./staging.ts";
import { published, waitFor, withSite, type Site } from "./training/containers.ts";
import { exercise } from "./training/requests.ts";
import { dumpTemplate } from "./training/template.ts";

/** JDK from which `-XX:AOTCacheOutput` exists in one step. */
const AOT_SINCE_JDK = 25;
/** Room for a server and, at its end, for the process that writes the cache. */
const MEMORY = "2g";
/** A migration takes 15 s on two free cores; a busy machine is no reason to fail. */
const START_TIMEOUT_MS = 600_000;
/** Writing the cache happens while the server stops. */
const STOP_TIMEOUT_S = 600;
const AOT_FILE = "/tmp/keycloak.aot";

/** What a training run leaves. */
export interface Trained {
  /** SQL of the migrated, otherwise empty schema. */
  template: string;
  /** The JVM's AOT cache; undefined where the image's JDK is too old for one. */
  aotCache?: string;
}

/**
 * Runs Keycloak once on an empty database: it migrates the schema, which becomes the template,
 * and learns which classes it needs, which becomes the AOT cache. Kept in the user-level cache
 * under the image's layers, since the AOT cache fits these very files only.
 * @param image Keycloak with its build options
 * @param postgres a PostgreSQL image with the official contract
 * @param version hash of this run's own sources: another one trains again
 */
export async function train(
  image: string, postgres: string, version: string, cacheDir: string, update: (detail: string) => void,
): Promise<Trained> {
  const layers = await docker(["image", "inspect", "--format", "{{json .RootFS.Layers}}", image]);
  const folder = imageCache(cacheDir, "training", await contentHash([], [layers, version]));
  const aot = (await jdkVersion(image)) >= AOT_SINCE_JDK;
  if (!aot) update(`no AOT cache: it needs JDK >= ${AOT_SINCE_JDK}, which ${image} does not have`);
  const trained: Trained = { template: join(folder, "keycloak-template.sql"), ...(aot ? { aotCache: join(folder, "keycloak.aot") } : {}) };
  if (await access(folder).then(() => true, () => false)) return trained;
  await mkdir(imageCache(cacheDir, "training"), { recursive: true });
  const unfinished = await mkdtemp(`${folder}.`);
  try {
    await withSite((site) => trainOn(site, image, postgres, unfinished, aot, update));
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return trained;
}

async function trainOn(site: Site, image: string, postgres: string, folder: string, aot: boolean, update: (detail: string) => void): Promise<void> {
  const password = randomBytes(18).toString("base64url");
  const admin = { id: "training-admin", secret: randomBytes(18).toString("base64url") };
  update("starting an empty PostgreSQL");
  const database = await site.run("postgres", postgres, { POSTGRES_PASSWORD: password, POSTGRES_DB: "keycloak" }, [], []);
  // Over TCP, since the server that initialises the cluster answers on the socket too.
  await waitFor("PostgreSQL answers", database, START_TIMEOUT_MS, () => succeeds(["exec", database, "pg_isready", "--quiet", "--host=127.0.0.1"]));
  update("Keycloak migrates its schema");
  const keycloak = await site.run(
    "keycloak",
    image,
    {
      KC_DB_URL: `jdbc:postgresql://${database}:5432/keycloak`, KC_DB_USERNAME: "postgres", KC_DB_PASSWORD: password,
      KC_LOG_LEVEL: "INFO,io.smallrye.health:off", KC_HTTP_ENABLED: "true", KC_HOSTNAME_STRICT: "false",
      KC_BOOTSTRAP_ADMIN_CLIENT_ID: admin.id, KC_BOOTSTRAP_ADMIN_CLIENT_SECRET: admin.secret,
      ...(aot ? { JAVA_OPTS_APPEND: `-XX:AOTCacheOutput=${AOT_FILE}` } : {}),
    },
    ["--memory", MEMORY, "--publish", "127.0.0.1::8080", "--publish", "127.0.0.1::9000"],
    ["start", "--optimized"],
  );
  const management = await published(keycloak, 9000);
  await waitFor("Keycloak is ready", keycloak, START_TIMEOUT_MS, () => answers(`http://${management}/health/ready`));
  update("Keycloak answers what a deployment asks");
  await exercise(`http://${await published(keycloak, 8080)}`, admin);
  await writeFile(join(folder, "keycloak-template.sql"), await dumpTemplate(database));
  if (!aot) return;
  update("the JVM writes its AOT cache");
  await docker(["stop", "--time", String(STOP_TIMEOUT_S), keycloak]);
  await docker(["cp", `${keycloak}:${AOT_FILE}`, join(folder, "keycloak.aot")]);
}

/** The major version of an image's Java. */
async function jdkVersion(image: string): Promise<number> {
  const release = await docker(["run", "--rm", "--entrypoint", "java", image, "--version"]);
  const version = /(?:openjdk|java) (\d+)/.exec(release)?.[1];
  if (version === undefined) throw new Error(`${image}: java --version must name its version, got ${JSON.stringify(release)}`);
  return Number(version);
}

/** Whether a question to a container is answered with success: failing means "not yet". */
const succeeds = (args: readonly string[]): Promise<boolean> => docker(args).then(() => true, () => false);

/** Whether a URL answers 200: refused and unhealthy both mean "not yet". */
const answers = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(2_000) }).then((response) => response.ok, () => false);
