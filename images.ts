/**
 * The one table of third-party images. Official references are pinned by tag; `./dive images pin`
 * adds the digests on a connected machine. Where the registry cannot be reached, or in front of a
 * private mirror, DIVE_IMAGES (set by `./dive env`) maps the names to other references.
 */

/** The images that an instance runs. */
export const INSTANCE_IMAGES = ["postgres", "redis", "mongodb", "opa", "keycloak", "backend", "kas"] as const;

/** The images that every monitoring stack runs. */
export const MONITORING_IMAGES = ["prometheus", "alertmanager", "alert-receiver", "postgres-exporter", "redis-exporter", "node-exporter"] as const;

/** The images that a monitoring stack runs where its configuration says so, by the name of the setting. */
export const OPTIONAL_MONITORING_IMAGES = { grafana: "grafana", containers: "cadvisor" } as const;

/** The images that containers of a deployment run. */
export const IMAGE_NAMES = [...INSTANCE_IMAGES, ...MONITORING_IMAGES, ...Object.values(OPTIONAL_MONITORING_IMAGES)] as const;

/** The name of an image that containers of a deployment run. */
export type ImageName = (typeof IMAGE_NAMES)[number];

/** A third-party image as its publisher names it. */
export interface OfficialImage {
  /** Registry, repository and tag. */
  reference: string;
  /** `sha256:...`; undefined until `./dive images pin` was run. */
  digest?: string;
}

/** The third-party images: run as they are (redis, mongodb, opa, the monitoring stack's) or as the base of one of ours. */
export const OFFICIAL = {
  postgres: { reference: "docker.io/library/postgres:17-trixie" },
  redis: { reference: "docker.io/library/redis:8" },
  mongodb: { reference: "docker.io/library/mongo:8" },
  opa: { reference: "docker.io/openpolicyagent/opa:1.22.2-static" },
  keycloak: { reference: "quay.io/keycloak/keycloak:26.7.4" },
  node: { reference: "docker.io/library/node:24-trixie-slim" },
  prometheus: { reference: "docker.io/prom/prometheus:v2.53.3" },
  alertmanager: { reference: "docker.io/prom/alertmanager:v0.28.1" },
  grafana: { reference: "docker.io/grafana/grafana:12.2.1" },
  "postgres-exporter": { reference: "quay.io/prometheuscommunity/postgres-exporter:v0.17.1" },
  "redis-exporter": { reference: "docker.io/oliver006/redis_exporter:v1.69.0" },
  "node-exporter": { reference: "quay.io/prometheus/node-exporter:v1.9.0" },
  cadvisor: { reference: "ghcr.io/google/cadvisor:v0.57.0" },
} as const satisfies Record<string, OfficialImage>;

/** The name of a third-party image. */
export type OfficialName = keyof typeof OFFICIAL;

/** The images that `./dive` builds, each with the third-party image it is built on. */
export const BUILT = {
  postgres: "postgres",
  keycloak: "keycloak",
  backend: "node",
  kas: "node",
  "alert-receiver": "node",
} as const satisfies Partial<Record<ImageName, OfficialName>>;

/** Whether an image is one that `./dive` builds, in every environment. */
export const isBuilt = (name: ImageName): name is keyof typeof BUILT => name in BUILT;

/** The reference to pull a third-party image by: tag, and digest once it is pinned. */
export function officialReference(name: OfficialName): string {
  const { reference, digest }: OfficialImage = OFFICIAL[name];
  return digest === undefined ? reference : `${reference}@${digest}`;
}

/**
 * The reference of the image that a container runs: the entry in DIVE_IMAGES, else the official
 * image.
 * @param env the environment, the process's own by default
 * @throws Error when DIVE_IMAGES is not a JSON object of texts, or when it has no entry for an
 * image that `./dive` builds: nobody publishes those
 */
export function imageReference(name: ImageName, env: NodeJS.ProcessEnv = process.env): string {
  const mapped = imageMap(env["DIVE_IMAGES"])[name];
  if (mapped !== undefined) return mapped;
  if (!isBuilt(name)) return officialReference(name);
  throw new Error(
    `The image "${name}" is built by ./dive and is published nowhere: DIVE_IMAGES must name it, and has no entry for it. Run: eval "$(./dive env)"`,
  );
}

function imageMap(json: string | undefined): Record<string, string> {
  if (json === undefined || json === "") return {};
  const wrong = (what: string, cause?: unknown) =>
    new Error(`DIVE_IMAGES must be a JSON object of image references, {"redis": "<reference>", ...}; ${what}. Run: eval "$(./dive env)"`, { cause });
  let map: unknown;
  try {
    map = JSON.parse(json);
  } catch (error) {
    throw wrong("it is not JSON", error);
  }
  if (typeof map !== "object" || map === null || Array.isArray(map)) throw wrong(`got ${json}`);
  for (const [name, reference] of Object.entries(map)) {
    if (typeof reference !== "string" || reference === "") throw wrong(`"${name}" is ${JSON.stringify(reference)}`);
  }
  return map as Record<string, string>;
}
