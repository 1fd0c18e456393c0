/** What the policy of one instance has for itself: whom it trusts, and what it tightened. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Site } from "./endpoints.ts";
import { parseSpif, type SpifTable } from "./spif.ts";

/** The coalition's file, below the project's root. */
export const defaultSpif = "policies/authz/spif/coalition.xml";

/** What an issuer may say of its subjects. */
export interface IssuerTable {
  readonly country: string;
  /** Countries whose users it may vouch for: its own, and those that sign in through its brokers. */
  readonly countries: Readonly<Record<string, true>>;
  /** For whom its users work when their token does not say it; administrators set the claim for everyone else. */
  readonly organization_type?: "GOV" | "MIL" | "INDUSTRY";
}

/** `data.tables.instance` of the policy bundle. */
export interface InstanceTable {
  readonly code: string;
  readonly issuers: Readonly<Record<string, IssuerTable>>;
  /** Whom an instance is federated with, itself included. */
  readonly matrix: Readonly<Record<string, Readonly<Record<string, true>>>>;
  readonly authentication: Readonly<Record<string, number>>;
}

/**
 * Derives an instance's table from the topology: it trusts its own realm and those that it is linked with, each for its own country
 * and for those of its own links. The hub is linked with every spoke, a spoke with the hub.
 */
export function instanceTable(site: Site): InstanceTable {
  const linked = (code: string) => {
    const role = site.members.find((member) => member.code === code)?.role;
    return site.members.filter((member) => member.code === code || role === "hub" || member.role === "hub");
  };
  return {
    code: site.code,
    issuers: Object.fromEntries(
      linked(site.code).map(({ code, issuer }) => [issuer, { country: code, countries: setOf(linked(code).map((member) => member.code)), organization_type: "GOV" }]),
    ),
    matrix: { [site.code]: setOf(site.members.map((member) => member.code)) },
    authentication: site.policy.authentication,
  };
}

/**
 * Reads the instance's security policy information file.
 * @throws SpifError, or Error when the file cannot be read
 */
export function instanceSpif(site: Site): SpifTable {
  const file = path.resolve(site.root, site.policy.spif ?? defaultSpif);
  return parseSpif(fs.readFileSync(file, "utf8"), path.relative(site.root, file));
}

function setOf(codes: readonly string[]): Record<string, true> {
  return Object.fromEntries(codes.map((code) => [code, true]));
}
