import { cp } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { OFFICIAL, type ImageName } from "../../images.ts";
import type { Progress } from "../progress.ts";
import { goProgram, keycloakDistribution, nodeProgram, type Workshop } from "./artifacts.ts";
import { build, docker, dockerShowing, isLocal, localReferences } from "./docker-cli.ts";
import { contentHash } from "./content-hash.ts";
import { withLock } from "./lock.ts";
import { Work } from "./once.ts";
import { imageRepository, isMonitoringTarget, KEYCLOAK_VERSION, NODE_VERSION, planImages, recipeFolder, type ImagePlan, type ReplaceableName, type ServiceImage } from "./plan.ts";
import { stageService } from "./service.ts";
import { imageCache, place, removeHalfMade, withBuildFolder } from "./staging.ts";
import type { Trained } from "./training.ts";
import { checkPostgres } from "./check.ts";

/** Where images come from and go to. */
export interface ImageRequest {
  progress: Progress;
  /** Whether official images can be pulled; otherwise stand-ins are built. */
  registryReachable: boolean;
  /** The user-level cache of downloads and builds. */
  cacheDir: string;
  /** The clone. */
  root: string;
  /** The images that must be there. Default: all but those {@link ON_DEMAND}. */
  wanted?: readonly ImageName[];
}

/** Images that only a stack which asks for them has built: the Go build of cAdvisor takes most of a minute on two cores. */
export const ON_DEMAND: readonly ImageName[] = ["cadvisor"];

/** How many builds run side by side: two keep two cores busy, more take each other's time. */
const BUILDS_AT_ONCE = 2;

/** The references that {@link ensureImages} gives, without looking for a Docker host. */
export async function plannedImages(request: Omit<ImageRequest, "progress">): Promise<ImagePlan["final"]> {
  return (await planImages(request.root, request.registryReachable)).final;
}

/**
 * Makes sure that this Docker host has every image of a deployment: pulls or builds what is
 * missing, and touches nothing else.
 * @returns the map for DIVE_IMAGES
 * @throws the first failure, after the builds that run beside it have ended
 */
export async function ensureImages(request: ImageRequest): Promise<ImagePlan["final"]> {
  const [there, plan] = await Promise.all([localReferences(), planImages(request.root, request.registryReachable)]);
  const planned = Object.keys(plan.final) as ImageName[];
  const wanted = planned.filter((name) => request.wanted?.includes(name) ?? !ON_DEMAND.includes(name));
  const missing = (local: ReadonlySet<string>) => wanted.filter((name) => !isLocal(local, plan.final[name]!));
  if (missing(there).length === 0) return plan.final;
  await oneAtATime(request, async () => {
    await removeHalfMade(request.cacheDir);
    const local = await localReferences();
    const names = missing(local); // less, if the process before us built some
    const builder = new Builder(request, plan, local);
    const results = await Promise.allSettled(names.map((name) => builder.final(name)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  });
  return plan.final;
}

/** Lets one process of the user build images at a time: two would build the same, on the same cores. */
async function oneAtATime({ progress, cacheDir }: ImageRequest, work: () => Promise<void>): Promise<void> {
  const waited = Promise.withResolvers<void>();
  let shown: Promise<void> | undefined;
  const waiting = (pid: number) => {
    shown ??= progress.step(`Waiting for process ${pid}, which builds images`, () => waited.promise);
  };
  try {
    await withLock(imageCache(cacheDir, "lock"), waiting, async () => {
      waited.resolve();
      await shown;
      await work();
    });
  } finally {
    waited.resolve();
  }
}

/** Builds the images of one plan; each at most once, after those that it needs. */
class Builder {
  readonly #request: ImageRequest;
  readonly #plan: ImagePlan;
  readonly #local: Set<string>;
  readonly #work = new Work(BUILDS_AT_ONCE);
  readonly #shop: Workshop;

  constructor(request: ImageRequest, plan: ImagePlan, local: Set<string>) {
    this.#request = request;
    this.#plan = plan;
    this.#local = local;
    this.#shop = { cacheDir: request.cacheDir, baseImage: () => this.#base() };
  }

  final(name: ImageName): Promise<string> {
    switch (name) {
      case "redis":
      case "mongodb":
      case "opa":
      case "prometheus":
      case "alertmanager":
      case "postgres-exporter":
      case "redis-exporter":
      case "node-exporter":
      case "cadvisor":
        return this.#thirdParty(name);
      case "grafana":
        return this.#pulled(name, this.#plan.thirdParty[name]!);
      case "keycloak":
        return this.#keycloak();
      case "postgres":
        return this.#postgres();
      case "backend":
      case "kas":
      case "alert-receiver":
        return this.#service(name);
      default:
        throw new Error(`No way to make the image ${JSON.stringify(name satisfies never)}`);
    }
  }

  /** Makes the image of a tag unless it is there. `needs` come first, outside the limit. */
  #make(tag: string, title: string, needs: () => Promise<unknown>, run: (update: (detail: string) => void) => Promise<void>): Promise<string> {
    return this.#work.once(tag, async () => {
      if (isLocal(this.#local, tag)) return tag;
      await needs();
      await this.#work.heavy(() => this.#request.progress.step(title, run));
      return tag;
    });
  }

  #base(): Promise<string> {
    const tag = this.#plan.base;
    if (tag === undefined) throw new Error("Only stand-ins have the Debian base image, and official images are used");
    return this.#make(tag, "Image base: Debian trixie", nothing, (update) =>
      withBuildFolder(this.#request.cacheDir, async (folder) => {
        const archive = join(folder, "base.tar");
        update("mmdebstrap");
        await execa(join(recipeFolder(this.#request.root, "base"), "build.sh"), [archive]);
        await docker(["import", archive, tag]);
      }),
    );
  }

  #pulled(name: ImageName | ReplaceableName, reference: string): Promise<string> {
    return this.#make(reference, `Image ${name}: official`, nothing, (update) => dockerShowing(["pull", reference], update));
  }

  #monitoringBase(): Promise<string> {
    const tag = this.#plan.monitoringBase!;
    return this.#make(tag, "Image monitoring-base: Prometheus and exporters of Debian", () => this.#base(), (update) =>
      build(tag, recipeFolder(this.#request.root, "monitoring-base"), this.#plan.base!, update),
    );
  }

  #thirdParty(name: ReplaceableName): Promise<string> {
    const reference = this.#plan.thirdParty[name];
    if (this.#plan.base === undefined) return this.#pulled(name, reference);
    if (isMonitoringTarget(name)) {
      return this.#make(reference, `Image ${name}: stand-in`, () => this.#monitoringBase(), (update) =>
        build(reference, recipeFolder(this.#request.root, name), this.#plan.monitoringBase!, update, name),
      );
    }
    return this.#make(reference, `Image ${name}: stand-in`, () => this.#base(), (update) =>
      withBuildFolder(this.#request.cacheDir, async (folder) => {
        await cp(recipeFolder(this.#request.root, name), folder, { recursive: true });
        await this.#addArtifact(name, folder, update);
        await build(reference, folder, this.#plan.base!, update);
      }),
    );
  }

  /** Puts what a recipe's Dockerfile copies, and the repository does not hold, into its folder. */
  async #addArtifact(name: ReplaceableName, folder: string, update: (detail: string) => void): Promise<void> {
    const recipe = recipeFolder(this.#request.root, name);
    const go = async (program: string, target: string) => goProgram(this.#shop, recipe, program, await contentHash([recipe], []), target, update);
    switch (name) {
      case "opa":
        return place(await go("opa", "github.com/open-policy-agent/opa"), join(folder, "bin", "opa"));
      case "mongodb":
        return place(await go("mongod", "."), join(folder, "bin", "mongod"));
      case "cadvisor":
        return place(await go("cadvisor", "."), join(folder, "bin", "cadvisor"));
      case "node":
        return place(await nodeProgram(this.#shop, NODE_VERSION, update), join(folder, "bin", "node"));
      case "keycloak":
        return place(await keycloakDistribution(this.#shop, KEYCLOAK_VERSION, update), join(folder, "keycloak.tar.gz"));
      case "postgres":
      case "redis":
      case "prometheus":
      case "alertmanager":
      case "postgres-exporter":
      case "redis-exporter":
      case "node-exporter":
        return;
      default:
        throw new Error(`No recipe for ${JSON.stringify(name satisfies never)}`);
    }
  }

  #keycloakBuilt(): Promise<string> {
    return this.#make(this.#plan.keycloakBuilt, "Image keycloak: build options", () => this.#thirdParty("keycloak"), (update) =>
      build(this.#plan.keycloakBuilt, join(this.#request.root, "images", "keycloak"), this.#plan.thirdParty.keycloak, update),
    );
  }

  #training(): Promise<Trained> {
    return this.#work.once("training", async () => {
      const [image, postgres] = await Promise.all([this.#keycloakBuilt(), this.#thirdParty("postgres")]);
      const { progress, cacheDir } = this.#request;
      const { train } = await import("./training.ts"); // with its admin client, which no other command needs to load
      return this.#work.heavy(() => progress.step("Training Keycloak (schema template, AOT cache)", (update) => train(image, postgres, this.#plan.training, cacheDir, update)));
    });
  }

  #keycloak(): Promise<string> {
    const tag = this.#plan.final.keycloak;
    return this.#make(tag, "Image keycloak", () => this.#training(), (update) =>
      withBuildFolder(this.#request.cacheDir, async (folder) => {
        const { aotCache } = await this.#training();
        if (aotCache === undefined) {
          await docker(["tag", this.#plan.keycloakBuilt, tag]);
          return;
        }
        await cp(join(this.#request.root, "images", "keycloak-trained"), folder, { recursive: true });
        await place(aotCache, join(folder, "keycloak.aot"));
        await build(tag, folder, this.#plan.keycloakBuilt, update);
      }),
    );
  }

  #postgres(): Promise<string> {
    const tag = this.#plan.final.postgres;
    return this.#make(tag, "Image postgres", () => this.#training(), (update) =>
      withBuildFolder(this.#request.cacheDir, async (folder) => {
        const { template } = await this.#training();
        await cp(join(this.#request.root, "images", "postgres"), folder, { recursive: true });
        await place(template, join(folder, "keycloak-template.sql"));
        const candidate = `${tag}-candidate`;
        await build(candidate, folder, this.#plan.thirdParty.postgres, update);
        update("looking into the template database");
        await checkPostgres(candidate);
        await docker(["tag", candidate, tag]);
        await docker(["rmi", candidate]);
      }),
    );
  }

  #service(name: ServiceImage): Promise<string> {
    const tag = this.#plan.final[name];
    return this.#make(tag, `Image ${name}`, () => this.#thirdParty("node"), (update) =>
      withBuildFolder(this.#request.cacheDir, async (folder) => {
        await stageService(name, this.#request.root, folder, update);
        await build(tag, folder, this.#plan.thirdParty.node, update);
      }),
    );
  }
}

const nothing = async (): Promise<void> => undefined;

/**
 * What an operator should know about stand-ins among images, one line each.
 * @param images the map that {@link ensureImages} gave
 */
export function standIns(images: Record<string, string>): string[] {
  const isStandIn = (name: keyof typeof STAND_INS) => images[name]?.startsWith(`${imageRepository()}/`) === true;
  return (Object.keys(STAND_INS) as (keyof typeof STAND_INS)[]).filter(isStandIn).map((name) => `${name}: ${STAND_INS[name]}`);
}

const STAND_INS = {
  mongodb: "FerretDB 1.24 on SQLite, no change streams, transactions, GridFS",
  redis: "Redis 8.0 of Debian trixie",
  prometheus: "Prometheus 2.53, Alertmanager 0.28 and their exporters of Debian trixie",
  opa: `OPA ${OFFICIAL.opa.reference.replace(/^.*:(.*)-static$/, "$1")}, built from its Go module`,
} as const;
