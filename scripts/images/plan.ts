import { join } from "node:path";
import { OFFICIAL, officialReference, type ImageName, type OfficialName } from "../../images.ts";
import { contentHash } from "./content-hash.ts";

/** Version of npm's `node` package for the stand-in of the official node image. */
export const NODE_VERSION = "24.21.0";

/** Version of Keycloak for the stand-in: that of the official image. */
export const KEYCLOAK_VERSION = OFFICIAL.keycloak.reference.replace(/^.*:/, "");

/** Official images without a stand-in: where the registry cannot be reached, nothing runs them. */
export const OFFICIAL_ONLY = ["grafana"] as const satisfies readonly OfficialName[];

/** An official image that has a stand-in. */
export type ReplaceableName = Exclude<OfficialName, (typeof OFFICIAL_ONLY)[number]>;

/** Stand-ins that are programs of one Debian image, each a target of one recipe. */
export const MONITORING_TARGETS = ["prometheus", "alertmanager", "postgres-exporter", "redis-exporter", "node-exporter"] as const satisfies readonly ReplaceableName[];

/** Folders of the stand-ins' recipes below airgap/images. */
const RECIPE: Record<ReplaceableName, string> = {
  postgres: "postgres-base",
  redis: "redis",
  mongodb: "mongodb",
  opa: "opa",
  keycloak: "keycloak-base",
  node: "node",
  prometheus: "monitoring",
  alertmanager: "monitoring",
  "postgres-exporter": "monitoring",
  "redis-exporter": "monitoring",
  "node-exporter": "monitoring",
  cadvisor: "cadvisor",
};

/** The names of all images of one world, known before anything is built. */
export interface ImagePlan {
  /** Base of the stand-ins; undefined when official images are used. */
  base?: string;
  /** What the stand-ins of {@link MONITORING_TARGETS} share; undefined when official images are used. */
  monitoringBase?: string;
  /** Third-party images: official references, or tags of their stand-ins. */
  thirdParty: Record<ReplaceableName, string> & Partial<Record<OfficialName, string>>;
  /** Keycloak with its build options, before the training run. */
  keycloakBuilt: string;
  /** Hash of the training run's own sources. */
  training: string;
  /** What DIVE_IMAGES holds. */
  final: Record<PlannedName, string> & Partial<Record<ImageName, string>>;
}

/** An image that is there in both worlds. */
export type PlannedName = Exclude<ImageName, (typeof OFFICIAL_ONLY)[number]>;

/** First part of every local image's name. The cold benchmark takes another one than `dive`, so that it finds nothing built. */
export function imageRepository(env: NodeJS.ProcessEnv = process.env): string {
  return env["DIVE_IMAGE_REPOSITORY"] ?? "dive";
}

/** The folder of a stand-in's recipe. */
export const recipeFolder = (root: string, name: ReplaceableName | "base" | "monitoring-base"): string =>
  join(root, "airgap", "images", name === "base" || name === "monitoring-base" ? name : RECIPE[name]);

/**
 * Names every image by its content: recipe, versions and the images that it is built on. Equal
 * sources give equal tags, so whatever exists under its tag need not be built again.
 * @param root the clone
 * @param registryReachable whether official images are used, or stand-ins
 */
export async function planImages(root: string, registryReachable: boolean): Promise<ImagePlan> {
  const tag = async (name: string, folders: readonly string[], texts: readonly string[]) =>
    `${imageRepository()}/${name}:${await contentHash(folders, texts)}`;
  const base = registryReachable ? undefined : await tag("base", [recipeFolder(root, "base")], []);
  const monitoringBase = base === undefined ? undefined : await tag("monitoring-base", [recipeFolder(root, "monitoring-base")], [base]);
  const thirdParty = {} as ImagePlan["thirdParty"];
  await Promise.all(
    (Object.keys(OFFICIAL) as OfficialName[]).map(async (name) => {
      const version = { keycloak: KEYCLOAK_VERSION, node: NODE_VERSION }[name as string] ?? "";
      if (base === undefined) thirdParty[name] = officialReference(name);
      else if (isMonitoringTarget(name)) thirdParty[name] = await tag(name, [recipeFolder(root, name)], [monitoringBase!, name]);
      else if (isReplaceable(name)) thirdParty[name] = await tag(RECIPE[name], [recipeFolder(root, name)], [base, version]);
    }),
  );
  const training = await contentHash([join(root, "scripts", "images", "training"), join(root, "scripts", "images", "training.ts")], []);
  const keycloakBuilt = await tag("keycloak-built", [join(root, "images", "keycloak")], [thirdParty.keycloak]);
  const trainedOn = [keycloakBuilt, thirdParty.postgres, training];
  const [keycloak, postgres, ...services] = await Promise.all([
    tag("keycloak", [join(root, "images", "keycloak-trained")], trainedOn),
    tag("postgres", [join(root, "images", "postgres")], trainedOn),
    ...SERVICE_IMAGES.map(async (name) => [name, await tag(name, serviceSources(name).map((path) => join(root, path)), [thirdParty.node])] as const),
  ]);
  const ours = Object.fromEntries(services) as Record<ServiceImage, string>;
  const { keycloak: _keycloak, postgres: _postgres, node: _node, ...asTheyAre } = thirdParty;
  return { ...(base === undefined ? {} : { base, monitoringBase: monitoringBase! }), thirdParty, keycloakBuilt, training, final: { ...asTheyAre, postgres, keycloak, ...ours } };
}

/** Whether an image has a stand-in. */
export const isReplaceable = (name: OfficialName): name is ReplaceableName => !(OFFICIAL_ONLY as readonly string[]).includes(name);

/** Whether a stand-in is one of {@link MONITORING_TARGETS}. */
export const isMonitoringTarget = (name: OfficialName): name is (typeof MONITORING_TARGETS)[number] => (MONITORING_TARGETS as readonly string[]).includes(name);

/** Our own services, each an image of its sources on Node. */
export const SERVICE_IMAGES = ["backend", "kas", "alert-receiver"] as const satisfies readonly ImageName[];

/** One of {@link SERVICE_IMAGES}. */
export type ServiceImage = (typeof SERVICE_IMAGES)[number];

/** What a service's image is made from, below the clone's root. */
export const serviceSources = (service: ServiceImage): readonly string[] => ["package.json", "package-lock.json", "services/common", `services/${service}`];
