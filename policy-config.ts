/** The settings of an instance's policy, `policy` in its configuration. */

/** What a nation may set for its own instance: it can tighten, never loosen. */
export interface PolicyConfig {
  /** Path of its own security policy information file, below the project's root. Default: the coalition's. */
  readonly spif?: string;
  /** Authentication level (1-3, see policies/authz/tables/authentication) by classification; counts where it is above the coalition's. Default: none. */
  readonly authentication: Readonly<Record<string, number>>;
}

const levels: readonly (readonly [string, number])[] = [["UNCLASSIFIED", 1], ["RESTRICTED", 1], ["CONFIDENTIAL", 2], ["SECRET", 2], ["TOP_SECRET", 2]];

/** Takes a broken rule: key below the instance, rule, what was given, what is allowed. */
export type ReportProblem = (key: string, rule: string, got: unknown, allowed: string) => void;

/** Checks the settings of one instance. */
export function parsePolicyConfig(raw: unknown, report: ReportProblem): PolicyConfig {
  const none: PolicyConfig = { authentication: {} };
  if (!isRecord(raw)) return report("policy", "must be an object", raw, "{spif?, authentication?}"), none;
  const { spif, authentication = {}, ...rest } = raw;
  for (const name of Object.keys(rest)) report(`policy.${name}`, "is not a setting of a policy", rest[name], "spif, authentication");
  const spifIsPath = typeof spif === "string" && /^[^/].*\.xml$/.test(spif) && !spif.split("/").includes("..");
  if (spif !== undefined && !spifIsPath) report("policy.spif", "must name a file of this project", spif, "a relative path that ends in .xml and stays below the project's root");
  const own = isRecord(authentication) ? authentication : (report("policy.authentication", "must be an object", authentication, "{<classification>: 1 to 3}"), {});
  for (const name of Object.keys(own).filter((key) => !levels.some(([known]) => known === key)))
    report(`policy.authentication.${name}`, "is not a classification", own[name], levels.map(([known]) => known).join(", "));
  let needed = 0;
  for (const [name, least] of levels) {
    const given = own[name];
    needed = Math.max(needed, least);
    if (given === undefined) {
      if (needed > least) report(`policy.authentication.${name}`, "must be at least that of the classification below it", given, `${needed} to 3`);
      continue;
    }
    if (!Number.isInteger(given) || (given as number) < needed || (given as number) > 3) report(`policy.authentication.${name}`, "can only tighten the coalition's level, and never below a lower classification's", given, `${needed} to 3`);
    else needed = given as number;
  }
  return { ...(spifIsPath ? { spif } : {}), authentication: own as Record<string, number> };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
