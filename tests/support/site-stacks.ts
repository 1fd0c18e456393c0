/** Stacks that are one site each, as separate operators have them: a passphrase each, known to each other by descriptors. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import { stringify } from "yaml";
import type { SiteDescriptor } from "../../partner-config.ts";
import type { DirectionStatus } from "../../scripts/federation/merge.ts";
import { dive, type Finished, type RunOptions } from "./dive.ts";
import { docker, removeStackObjects, stackObjects, type StackObjects } from "./docker.ts";
import { ROOT, stateDir } from "./paths.ts";

/** The same for all stacks of a test. */
export interface SiteOptions {
  /** First part of the stacks' names, and of all names on Docker hosts. */
  readonly name: string;
  readonly portOffset: number;
  /** Settings of every stack, keys with `dive:`. */
  readonly config?: Record<string, unknown>;
  /** Codes of spokes that are apart: with a folder for state and authority of their own, they know the hub by its descriptor. Default: none. */
  readonly apart?: readonly string[];
}

/** The directions, sorted: `<source> <target>` where it is up and proven by a real sign-in, else followed by what is known of it. */
export function shownDirections(links: readonly DirectionStatus[]): string[] {
  const shown = ({ source, target, state, up, link, verification, circuit }: DirectionStatus) =>
    `${source} ${target}${up && verification?.ok ? "" : `: ${state}, circuit ${circuit?.state}, check ${link?.error ?? link?.failure ?? (link ? "ok" : "none")}, sign-in ${verification?.error ?? verification?.failure ?? (verification ? "ok" : "none")}`}`;
  return links.map(shown).sort();
}

/** Stacks `<name>-hub`, hub USA, and `<name>-<code>`. Those that are not apart keep their state in one folder, so that a StackReference finds the hub's. */
export class SiteStacks {
  readonly hub: string;
  readonly #options: SiteOptions;

  constructor(options: SiteOptions) {
    this.#options = options;
    this.hub = `${options.name}-hub`;
  }

  /** Name of a spoke's stack. */
  spoke(code: string): string {
    return `${this.#options.name}-${code.toLowerCase()}`;
  }

  /** How to run commands of a stack. */
  options(stack: string): RunOptions & { use: string; env: Record<string, string> } {
    return { use: this.#useOf(stack), env: { PULUMI_CONFIG_PASSPHRASE: `passphrase of ${stack}` }, limitMs: 9 * 60_000 };
  }

  /** Runs `./dive` for a stack. @throws when it fails */
  run(stack: string, ...args: string[]): Promise<Finished> {
    return dive(stack, args, this.options(stack));
  }

  /** Writes the configuration of the hub. @param config settings of this stack alone */
  configureHub(partners: readonly SiteDescriptor[], config: Record<string, unknown> = {}): Promise<void> {
    return this.#configure(this.hub, { "dive:hub": { code: "USA" }, "dive:partners": partners, ...config });
  }

  /** Writes the configuration of a spoke; of one that is apart once the hub is up. @param config settings of this stack alone */
  async configureSpoke(code: string, config: Record<string, unknown> = {}): Promise<void> {
    const stack = this.spoke(code);
    const hub = this.#isApart(stack) ? (JSON.parse((await this.run(this.hub, "hub", "descriptor", "--json")).stdout) as SiteDescriptor) : { stack: `organization/dive/${this.hub}` };
    return this.#configure(stack, { "dive:role": "spoke", "dive:hub": hub, "dive:spokes": [{ code }], ...config });
  }

  /** What the hub has to know of a spoke. */
  async descriptorOf(code: string): Promise<SiteDescriptor> {
    return JSON.parse((await this.run(this.spoke(code), "spoke", "descriptor", code, "--json")).stdout) as SiteDescriptor;
  }

  /** Both directions of every link of a stack. `status` ends with 1 while one is not well, which is what is asked about. */
  async links(stack: string): Promise<DirectionStatus[]> {
    const { stdout } = await dive(stack, ["federation", "status", "--json"], { ...this.options(stack), mustSucceed: false });
    return (JSON.parse(stdout) as { links: DirectionStatus[] }).links;
  }

  /** The directions as {@link shownDirections} tells them. */
  async verified(stack: string): Promise<string[]> {
    return shownDirections(await this.links(stack));
  }

  /** Destroys the stacks, spokes before the hub, and what is left of each. @param dockerOf each one's Docker host @returns what `nuke` had left, by stack */
  async destroy(codes: readonly string[], dockerOf: (stack: string) => Docker = () => docker): Promise<Record<string, StackObjects>> {
    const left: Record<string, StackObjects> = {};
    const failed: unknown[] = [];
    for (const stack of [...codes.map((code) => this.spoke(code)), this.hub]) {
      // One that fails must not keep the others from being removed.
      await this.run(stack, "nuke", "--confirm").catch((error: unknown) => failed.push(error));
      left[stack] = await stackObjects(stack, ROOT, dockerOf(stack));
      await removeStackObjects(stack, ROOT, dockerOf(stack));
      await rm(join(ROOT, `Pulumi.${stack}.yaml`), { force: true });
      await rm(stateDir(stack), { recursive: true, force: true }); // of one that is apart
    }
    await rm(stateDir(this.#options.name), { recursive: true, force: true });
    if (failed.length > 0) throw new AggregateError(failed, failed.map(String).join("\n"));
    return left;
  }

  async #configure(stack: string, config: Record<string, unknown>): Promise<void> {
    await mkdir(stateDir(this.#useOf(stack)), { recursive: true });
    const common = {
      "dive:namePrefix": `${this.#options.name}-`,
      "dive:portOffset": this.#options.portOffset,
      "pulumi:disable-default-providers": ["docker", "keycloak", "postgresql", "random", "tls"],
    };
    await writeFile(join(ROOT, `Pulumi.${stack}.yaml`), stringify({ config: { ...common, ...this.#options.config, ...config } }));
  }
  #isApart(stack: string): boolean {
    return (this.#options.apart ?? []).some((code) => this.spoke(code) === stack);
  }

  #useOf(stack: string): string {
    return this.#isApart(stack) ? stack : this.#options.name;
  }
}
