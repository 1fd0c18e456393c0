/** What the orchestration databases of a stack say, for `status` and `orch-db status`. */
import type { Paths } from "../paths.ts";
import type { StackHandle } from "../state.ts";
import { AccessReader } from "./access.ts";
import { isMissing, type Access, type Connection } from "./database.ts";
import { runsByHand } from "./history.ts";
import { ownIdentity } from "./identity.ts";
import { keep, readJournal } from "./journal.ts";
import { leaseHolder, type Held } from "./leases.ts";
import { mergeLinks, readLinks, type LinkState, type RecordedLink } from "./links.ts";
import { connector, forwardClock } from "./open.ts";
import { codesOf } from "./owners.ts";
import type { Deployment } from "./record.ts";
import { settle } from "./settle.ts";
import { lastDeployment, type LastDeployment } from "./store.ts";
import { readTopology } from "./topology.ts";

/** One instance's last deployment, and who deploys it right now. */
export interface InstanceState extends LastDeployment {
  /** The lease that holds now. */
  lease?: { holder: string; until: string };
  /** Why the database could not be asked; the state is then what is kept beside the Pulumi state, else UNKNOWN. */
  problem?: string;
}

/** The whole. */
export interface Overview {
  readonly instances: readonly InstanceState[];
  readonly links: readonly LinkState[];
  /** Why links cannot be told, one a reason. */
  readonly problems: readonly string[];
}

/** Asks every instance's database, and first writes there what earlier runs left: kept records, runs typed by hand, ends of runs that are gone. */
export async function readOverview(handle: StackHandle, paths: Paths): Promise<Overview> {
  const now = forwardClock();
  const [topology, access, open, own] = await Promise.all([readTopology(paths, handle.stack), new AccessReader(handle).read(), connector(handle), ownIdentity(handle.stack, handle.cwd)]);
  const codes = [...new Set([...codesOf(topology), ...Object.keys(access)])];
  const journal = await readJournal(paths.stateDir, handle.stack, now());
  const { deployments, taken } = await runsByHand(handle, paths.stateDir, codes);
  const backlog = [...(journal.live ? [] : journal.deployments), ...deployments];
  const told = await Promise.all(codes.map((code) => askInstance(code, access[code], open, backlog)));
  const kept = journal.live ? journal.deployments : backlog.filter((one) => told.some(({ instance, unwritten }) => unwritten && instance.instance === one.instance));
  if (!journal.live) await keep(paths.stateDir, handle.stack, own, kept);
  if (!journal.live) await taken();
  return {
    instances: told.map(({ instance }) => withKept(instance, kept)),
    links: mergeLinks(told.map(({ links }) => links)),
    problems: told.flatMap(({ problem }) => problem ?? []),
  };
}

/** What one instance's database told. */
interface Told {
  instance: InstanceState;
  links: readonly RecordedLink[];
  /** The backlog could not be written there. */
  unwritten: boolean;
  problem?: string;
}

async function askInstance(code: string, access: Access | undefined, open: (access: Access) => Promise<Connection>, backlog: readonly Deployment[]): Promise<Told> {
  const unknown: InstanceState = { instance: code, state: "UNKNOWN", phases: {} };
  if (access === undefined) return { instance: { ...unknown, problem: "not deployed that far yet" }, links: [], unwritten: true };
  let db: Connection | undefined;
  try {
    db = await open(access);
    await settle(db, code, backlog);
    const [last, held] = [await lastDeployment(db, code), await leaseHolder(db, code)];
    const { links, problem } = await linksOf(code, db);
    return { instance: { ...last, ...(held === undefined ? {} : { lease: shown(held) }) }, links, unwritten: false, ...(problem === undefined ? {} : { problem }) };
  } catch (error) {
    const problem = isMissing(error) ? "its schema has no deployment record yet: ./dive up" : (error as Error).message;
    return { instance: { ...unknown, problem }, links: [], unwritten: true };
  } finally {
    await db?.end();
  }
}

async function linksOf(code: string, db: Connection): Promise<{ links: RecordedLink[]; problem?: string }> {
  try {
    return { links: await readLinks(db) };
  } catch (error) {
    if (!isMissing(error)) throw error;
    return { links: [], problem: `${code}: its schema has no federation links yet: ./dive up` };
  }
}

const shown = ({ holder, until }: Held) => ({ holder, until: until.toISOString() });

/** A record that is newer than what the database has, and not in there yet. */
function withKept(instance: InstanceState, kept: readonly Deployment[]): InstanceState {
  const own = kept.filter((one) => one.instance === instance.instance).at(-1);
  if (own === undefined || own.startedAt <= Date.parse(instance.startedAt ?? "1970-01-01T00:00:00Z")) return instance;
  const { state, startedAt, endedAt, stack, operation, source, holder, failure } = own;
  return {
    ...instance, state, stack, operation, source, holder, phases: {},
    startedAt: new Date(startedAt).toISOString(),
    ...(endedAt === undefined ? {} : { seconds: (endedAt - startedAt) / 1000 }),
    ...(failure === undefined ? {} : { failedStep: failure.step, errorCode: failure.code, errorMessage: failure.message }),
  };
}
