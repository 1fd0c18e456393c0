import { parse, stringify } from "yaml";
import { INSTANCE_IMAGES, MONITORING_IMAGES, OPTIONAL_MONITORING_IMAGES, type ImageName } from "../../images.ts";
import { dockerHostIn } from "../docker-host.ts";
import { DiveError, EXIT } from "../errors.ts";
import { readIfExists, writeWhole } from "../files.ts";
import { committedConfigFile, liveConfigFile, type Paths } from "../paths.ts";

/** What the CLI writes into a stack's configuration about its secrets; never committed. */
const MACHINE_KEYS = ["secretsprovider", "encryptedkey", "encryptionsalt"] as const;

function read(text: string | undefined, file: string): Record<string, unknown> {
  const value: unknown = parse(text ?? "") ?? {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DiveError(`${file} must be a YAML map (keys "config", "environment"); it is not.`, EXIT.usage);
  }
  return value as Record<string, unknown>;
}

/** What this machine cannot have, whatever the committed configuration says. */
export interface LiveChanges {
  /** Grafana's official image cannot be had, and nothing stands in for it: `monitoring.grafana` is false. */
  readonly withoutGrafana?: boolean;
}

/** The settings of the monitoring stack in a parsed configuration; undefined when there are none or they are no map. */
function monitoringOf(file: Record<string, unknown>): Record<string, unknown> | undefined {
  const monitoring = (file["config"] as Record<string, unknown> | undefined)?.["dive:monitoring"];
  return typeof monitoring === "object" && monitoring !== null && !Array.isArray(monitoring) ? (monitoring as Record<string, unknown>) : undefined;
}

/**
 * The images that a stack's committed configuration asks for.
 * @throws DiveError when the stack has no committed file
 */
export async function wantedImages(paths: Paths, stack: string): Promise<readonly ImageName[]> {
  const monitoring = monitoringOf(read(await readCommitted(paths, stack), committedConfigFile(paths, stack)));
  if (monitoring === undefined || monitoring["enabled"] === false) return INSTANCE_IMAGES;
  const { grafana = true, containers = false } = monitoring;
  const optional = Object.entries({ grafana, containers }).filter(([, wanted]) => wanted === true).map(([setting]) => OPTIONAL_MONITORING_IMAGES[setting as keyof typeof OPTIONAL_MONITORING_IMAGES]);
  return [...INSTANCE_IMAGES, ...MONITORING_IMAGES, ...optional];
}

/** The Docker host that a stack's committed configuration names, if any. @throws as {@link wantedImages} */
export async function wantedDockerHost(paths: Paths, stack: string): Promise<string | undefined> {
  return dockerHostIn(await readCommitted(paths, stack));
}

async function readCommitted(paths: Paths, stack: string): Promise<string> {
  const source = committedConfigFile(paths, stack);
  const committed = await readIfExists(source);
  if (committed === undefined) throw new DiveError(`Stack "${stack}" has no configuration: ${source} does not exist.`, EXIT.usage);
  return committed;
}

/** What was set by `pulumi config set --secret`: it is encrypted for this machine's state, and so belongs into no committed file. */
function securedIn({ config }: Record<string, unknown>): Record<string, unknown> {
  const isSecured = (value: unknown) => typeof value === "object" && value !== null && Object.keys(value).join() === "secure";
  return Object.fromEntries(Object.entries((config ?? {}) as Record<string, unknown>).filter(([, value]) => isSecured(value)));
}

/**
 * The live configuration: the committed one, with the machine's keys and the secrets of the live one.
 * @param committed text of the committed file
 * @param live text of the live file, if there is one
 * @param salt the salt that the state was encrypted with, used when the live file was lost
 * @param changes what is otherwise than committed on this machine
 */
export function mergeStackConfig(committed: string, live: string | undefined, salt?: string, { withoutGrafana = false }: LiveChanges = {}): string {
  const merged = read(committed, "the committed stack configuration");
  const monitoring = monitoringOf(merged);
  if (withoutGrafana && monitoring !== undefined) monitoring["grafana"] = false;
  const machine: Record<string, unknown> = { ...(salt === undefined ? {} : { encryptionsalt: salt }), ...read(live, "the live stack configuration") };
  for (const key of MACHINE_KEYS) if (key in machine && !(key === "secretsprovider" && key in merged)) merged[key] = machine[key];
  const secrets = securedIn(machine);
  if (Object.keys(secrets).length > 0) merged["config"] = { ...secrets, ...(merged["config"] as Record<string, unknown> | undefined) };
  return stringify(merged, { lineWidth: 0 });
}

/**
 * Brings the live configuration of a stack up to date with the committed one.
 * @param salt the salt that the state was encrypted with
 * @returns path of the live file
 * @throws DiveError when the stack has no committed file
 */
export async function writeLiveConfig(paths: Paths, stack: string, salt?: string, changes: LiveChanges = {}): Promise<string> {
  const target = liveConfigFile(paths, stack);
  await writeWhole(target, mergeStackConfig(await readCommitted(paths, stack), await readIfExists(target), salt, changes), 0o600);
  return target;
}
