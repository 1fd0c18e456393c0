import { PostgresCircuitStore, readSnapshots } from "@dive/common/circuit";
import { LINK_CIRCUIT, LinkStore } from "@dive/common/federation";
import { createPostgresPool } from "@dive/common/postgres";
import { EXIT, messageOf } from "../errors.ts";
import { mergeSites, type CheckResult, type DirectionStatus, type SiteRecord } from "../federation/merge.ts";
import { readFederation, type FederationOutputs } from "../federation/outputs.ts";
import { renderTable } from "../table.ts";

/**
 * `dive federation status`: both directions of every link with their last checks, sign-ins and circuits, from each instance's own record.
 * @returns 1 when an active link is not up or not verified, or a record does not answer
 */
export async function federationStatus(stack: string, options: { json?: true }): Promise<number> {
  const outputs = await readFederation(stack);
  const asked = await Promise.all(Object.keys(outputs.orchestration).map(async (code) => {
    try {
      return { code, record: await readSite(outputs, code) };
    } catch (error) {
      return { code, error: messageOf(error) };
    }
  }));
  const links = mergeSites(asked.flatMap(({ record }) => (record ? [record] : [])), Date.now());
  const unreachable = Object.fromEntries(asked.flatMap(({ code, error }) => (error === undefined ? [] : [[code, error]])));
  if (options.json) process.stdout.write(`${JSON.stringify({ links, unreachable }, undefined, 2)}\n`);
  else print(links, unreachable);
  const well = links.every(({ state, up, verification }) => state !== "ACTIVE" || (up && verification?.ok === true));
  return well && Object.keys(unreachable).length === 0 ? EXIT.ok : EXIT.failed;
}

async function readSite({ orchestration, ca }: FederationOutputs, code: string): Promise<SiteRecord> {
  const { host, port, database, reader } = orchestration[code]!;
  const pool = createPostgresPool({ host, port, database, ...reader, ca: [ca], applicationName: "dive", max: 2 });
  try {
    const store = new LinkStore(pool.once, code);
    const [links, health, circuits] = await Promise.all([store.links(), store.health(), readSnapshots(new PostgresCircuitStore(pool.once), LINK_CIRCUIT)]);
    return { code, links, health, circuits };
  } finally {
    await pool.close();
  }
}

function print(links: readonly DirectionStatus[], unreachable: Readonly<Record<string, string>>): void {
  if (links.length === 0) process.stdout.write("There are no links.\n");
  else {
    const rows = links.map(({ source, target, state, up, link, verification, circuit }) => [
      `${source} -> ${target}`, state, up ? "up" : `down${link ? ` (${link.failure ?? "?"})` : " (never checked)"}`, seen(link), verification === null ? "never" : verification.ok ? "verified" : `failed (${verification.failure})`, seen(verification),
      circuit === null ? "" : circuit.state === "CLOSED" && circuit.failures === 0 ? "CLOSED" : `${circuit.state}, ${circuit.failures} failures`,
    ]);
    process.stdout.write(`${renderTable(["Users of -> at", "State", "Link", "Checked", "Sign-in", "Last", "Circuit"], rows)}\n`);
  }
  for (const { source, target, link, verification } of links) {
    for (const [what, result] of [["link", link], ["sign-in", verification]] as const) if (result?.error) process.stdout.write(`\n${source} -> ${target}, ${what}: ${result.error}\n`);
  }
  for (const [code, error] of Object.entries(unreachable)) process.stdout.write(`\nThe record of ${code} does not answer: ${error}\n`);
}

function seen(result: CheckResult | null): string {
  if (result === null) return "";
  const seconds = Math.round((Date.now() - Date.parse(result.checkedAt)) / 1_000);
  return `${seconds} s ago${result.latencyMs === null ? "" : `, ${Math.round(result.latencyMs)} ms`}`;
}
