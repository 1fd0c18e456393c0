import { PersistentCircuitBreaker, PostgresCircuitStore } from "@dive/common/circuit";
import { LINK_CIRCUIT, LinkStore, type Partner } from "@dive/common/federation";
import { createPostgresPool } from "@dive/common/postgres";
import { check } from "../../dynamic/oidc-check/check.ts";
import type { CheckedSide } from "../../dynamic/oidc-check/provider.ts";
import { DiveError, messageOf } from "../errors.ts";
import { linkOf, ownerOf, readFederation, type FederationOutputs, type InstanceOutput } from "../federation/outputs.ts";
import { renderTable } from "../table.ts";

/** One direction that `verify` proved. */
interface Verified {
  source: string;
  target: string;
  latencyMs: number;
}

/**
 * `dive federation verify <code>`: each side's probe user signs in at the other side, tried again as after an `up`; recorded.
 * @throws DiveError with what was last seen
 */
export async function federationVerify(stack: string, code: string, options: { json?: true }): Promise<void> {
  const outputs = await readFederation(stack);
  const [from, to] = await endsOf(outputs, code);
  const verified: Verified[] = [];
  const onVerified = (source: string, target: string, latencyMs: number) => void verified.push({ source, target, latencyMs: Math.round(latencyMs) });
  try {
    await check({ kind: "verification", from, to }, { onVerified });
  } catch (error) {
    throw new DiveError(messageOf(error), undefined, { cause: error });
  } finally {
    if (options.json) process.stdout.write(`${JSON.stringify(verified, undefined, 2)}\n`);
    else if (verified.length > 0) process.stdout.write(`${renderTable(["Users of", "signed in at", "ms"], verified.map(({ source, target, latencyMs }) => [source, target, latencyMs]))}\n`);
  }
}

/** `dive federation reset-circuit <code>`: closes the circuits of the link at both sides. */
export async function federationResetCircuit(stack: string, code: string): Promise<void> {
  const outputs = await readFederation(stack);
  const ends = (await endsOf(outputs, code)).map((end) => end.code);
  const failed: string[] = [];
  for (const [own, partner] of [ends, [...ends].reverse()] as [string, string][]) {
    if (outputs.instances[own] === undefined) continue; // its circuits are another stack's
    const pool = createPostgresPool({ ...ownerOf(outputs, own), ca: [outputs.ca], applicationName: "dive", max: 1 });
    try {
      const breaker = new PersistentCircuitBreaker({ key: { name: LINK_CIRCUIT, instance: partner }, store: new PostgresCircuitStore(pool.once) });
      const before = await breaker.snapshot();
      await breaker.reset();
      process.stdout.write(`${LINK_CIRCUIT}/${partner} at ${own}: ${before.state} with ${before.failures} failures, now CLOSED\n`);
    } catch (error) {
      failed.push(`${LINK_CIRCUIT}/${partner} at ${own}: ${messageOf(error)}`);
    } finally {
      await pool.close();
    }
  }
  if (failed.length > 0) throw new DiveError(failed.join("\n"));
}

/** Both ends of a link: each of this stack with what is needed to check from there, another stack's with its public values as recorded here. */
async function endsOf(outputs: FederationOutputs, code: string): Promise<[CheckedSide, CheckedSide]> {
  const { own, partner } = linkOf(outputs, code);
  const other = outputs.instances[partner];
  if (other !== undefined) return [await sideOf(outputs, own, other), await sideOf(outputs, other, own)];
  const { issuer, realm, keycloakUrl, clientId, redirectUri, brokerAliasThere } = await recordedPartner(outputs, own.code, partner);
  return [
    await sideOf(outputs, own, { code: partner }),
    { code: partner, publicBase: keycloakUrl, realm, issuer, clientId, redirectUri, brokerAlias: brokerAliasThere, caCertificate: outputs.partnersAuthorities?.[partner] ?? outputs.ca },
  ];
}

/** An end of the link for its check; what the record knows of the other side's view of it is the same in both. */
async function sideOf(outputs: FederationOutputs, own: InstanceOutput, partner: Pick<InstanceOutput, "code">): Promise<CheckedSide> {
  const database = ownerOf(outputs, own.code);
  const probeUser = outputs.probeUsers[own.code];
  if (probeUser === undefined) throw new DiveError(`Instance ${own.code} has no probe user: ./dive up`);
  return {
    code: own.code, publicBase: own.keycloakUrl, realm: own.realm, issuer: own.issuer, clientId: own.clientId, redirectUri: `${own.backendUrl}/callback`,
    brokerAlias: (await recordedPartner(outputs, own.code, partner.code)).brokerAliasHere, caCertificate: outputs.ca, database, probeUser,
  };
}

async function recordedPartner(outputs: FederationOutputs, own: string, partner: string): Promise<Partner> {
  const pool = createPostgresPool({ ...ownerOf(outputs, own), ca: [outputs.ca], applicationName: "dive", max: 1 });
  try {
    const found = (await new LinkStore(pool.once, own).partners()).find(({ code }) => code === partner);
    if (found === undefined) throw new DiveError(`The record of ${own} knows no link to ${partner}: ./dive up`);
    return found;
  } finally {
    await pool.close();
  }
}
