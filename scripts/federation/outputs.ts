/** What the federation commands read of a stack: its outputs, secrets among them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseAccess } from "@dive/common/postgres";
import type { Access } from "../deployment-record/database.ts";
import { readingHandle } from "../environment/reading.ts";
import { DiveError, EXIT } from "../errors.ts";
import { findPaths } from "../paths.ts";
import { reveal } from "../recovery/reveal.ts";
import { stateDecrypter } from "../state-secrets.ts";
import { readState, runPulumi, type StackHandle } from "../state.ts";

/** One instance as output `instances` has it. */
export interface InstanceOutput {
  code: string;
  role: "hub" | "spoke";
  backendUrl: string;
  kasUrl: string;
  keycloakUrl: string;
  realm: string;
  issuer: string;
  clientId: string;
}

/** A stack that is up, as far as links need it; each by code. */
export interface FederationOutputs {
  instances: Record<string, InstanceOutput>;
  orchestration: Record<string, Access>;
  probeUsers: Record<string, { username: string; password: string }>;
  /** Codes of linked instances of other stacks. */
  partners?: string[];
  /** Authorities (PEM) of those of them that have their own, by code. */
  partnersAuthorities?: Record<string, string>;
  /** Test users by name, if the stack has any; the second factor as `otpauth://` URI. */
  users?: Record<string, Record<string, { password: string; totp: string }>>;
  /** Certificate of the authority, PEM. */
  ca: string;
}

const NAMES = ["instances", "orchestration", "probeUsers"] as const;

/** @throws DiveError when the stack was never brought up that far */
export async function readFederation(stack: string): Promise<FederationOutputs> {
  const handle = await readingHandle(findPaths(), stack);
  const found = handle && (await readOutputs(handle));
  const missing = NAMES.filter((name) => found?.[name] === undefined);
  if (!handle || !found || missing.length > 0) throw new DiveError(`Stack ${stack} has no output ${missing.join(", ")}: bring it up first (./dive up).`);
  return { ...(found as unknown as Omit<FederationOutputs, "ca">), ca: await readFile(join(handle.env["CAROOT"]!, "rootCA.pem"), "utf8") };
}

/** The outputs of a stack, secrets in plain; undefined when it has no state. */
export async function readOutputs(handle: StackHandle): Promise<Record<string, unknown> | undefined> {
  const state = await readState(handle);
  const outputs = state?.resources?.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
  if (state === undefined || outputs === undefined) return undefined;
  const decrypt = await stateDecrypter(state, handle.env);
  if (decrypt !== undefined) return reveal(outputs, decrypt) as Record<string, unknown>;
  const { stdout } = await runPulumi(handle, ["stack", "output", "--json", "--show-secrets", "--stack", handle.stack]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/**
 * The link to a spoke: the hub of this stack and the spoke's code; or, in a spoke's stack, that spoke and the hub's code, whichever of the
 * two was named. The partner is of this stack if `instances` has it.
 * @throws DiveError when the code names no link of the stack
 */
export function linkOf({ instances, partners }: Pick<FederationOutputs, "instances" | "partners">, code: string): { own: InstanceOutput; partner: string } {
  const named = code.toUpperCase();
  const all = Object.values(instances);
  const hub = all.find(({ role }) => role === "hub");
  const spokes = all.filter(({ role }) => role === "spoke").map((one) => one.code);
  const elsewhere = partners ?? [];
  if (hub !== undefined && [...spokes, ...elsewhere].includes(named)) return { own: hub, partner: named };
  const [spoke] = all;
  const [hubElsewhere] = elsewhere;
  if (hub === undefined && spoke !== undefined && hubElsewhere !== undefined && [spoke.code, hubElsewhere].includes(named)) return { own: spoke, partner: hubElsewhere };
  throw new DiveError(`There is no link to "${code}". Spokes of this stack: ${spokes.join(", ") || "none"}${elsewhere.length > 0 ? `; partners elsewhere: ${elsewhere.join(", ")}` : ""}.`, EXIT.usage);
}

/** The database of an instance as its owner. */
export function ownerOf({ orchestration }: FederationOutputs, code: string): DatabaseAccess {
  const access = orchestration[code];
  if (access === undefined) throw new DiveError(`Instance ${code} has no orchestration database: ./dive up`);
  const { host, port, database, owner } = access;
  return { host, port, database, ...owner };
}
