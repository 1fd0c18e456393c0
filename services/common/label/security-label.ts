/** The five levels of the federation, lowest first. */
export const CLASSIFICATIONS = ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP_SECRET"] as const;

/** One of {@link CLASSIFICATIONS}. */
export type Classification = (typeof CLASSIFICATIONS)[number];

/** What a document may be given to whom, as policy reads it: the attributes of `input.resource` that are the label's. */
export interface SecurityLabel {
  readonly classification: Classification;
  /** The marking that the originator gave, in the originator's own words ("TRES SECRET"); together with `originalCountry`. */
  readonly originalClassification?: string;
  /** Whose words those are: an ISO 3166-1 alpha-3 code or NATO. */
  readonly originalCountry?: string;
  /** Countries whose people may have it, ISO 3166-1 alpha-3. Empty: nobody. */
  readonly releasabilityTo: readonly string[];
  /** Communities of interest. Empty: no community is required. */
  readonly COI: readonly string[];
  /** Whether a reader must belong to all communities or to one of them. */
  readonly coiOperator: "ALL" | "ANY";
  /** RFC 3339. Before this moment nobody may have it. */
  readonly creationDate: string;
  /** Whether people of industry may have it. Default: not. */
  readonly releasableToIndustry?: boolean;
}

/** A label cannot be used; the message names the attribute, the rule and what was given. */
export class LabelError extends Error {
  /** The attribute at fault ("releasabilityTo[1]"), or "label" for the whole. */
  readonly attribute: string;

  constructor(attribute: string, rule: string, got: unknown) {
    super(`${attribute} must be ${rule}, got ${shown(got)}`);
    this.name = "LabelError";
    this.attribute = attribute;
  }
}

/** Longest list in a label; the world has 249 countries. */
const LONGEST_LIST = 250;
const COUNTRY = /^[A-Z]{3}$/;
const COMMUNITY = /^[A-Z0-9][A-Z0-9 _./-]{0,63}$/i;
/** RFC 3339 section 5.6, `date-time`. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

type Check = (value: unknown, name: string) => unknown;
const matching = (pattern: RegExp, rule: string): Check => (value, name) => {
  if (typeof value !== "string" || !pattern.test(value)) throw new LabelError(name, rule, value);
  return value;
};
const oneOf = (allowed: readonly string[]): Check => (value, name) => {
  if (typeof value !== "string" || !allowed.includes(value)) throw new LabelError(name, `one of ${allowed.join(", ")}`, value);
  return value;
};
const listOf = (entry: Check): Check => (value, name) => {
  if (!Array.isArray(value) || value.length > LONGEST_LIST) throw new LabelError(name, `a list of at most ${LONGEST_LIST} entries`, value);
  const entries = value.map((item, index) => entry(item, `${name}[${index}]`));
  if (new Set(entries).size !== entries.length) throw new LabelError(name, "without repetitions", value);
  return entries;
};
const dateTime: Check = (value, name) => {
  if (typeof value !== "string" || !DATE_TIME.test(value) || !isRealDate(value)) throw new LabelError(name, "an RFC 3339 date and time", value);
  return value;
};
const trueOrFalse: Check = (value, name) => {
  if (typeof value !== "boolean") throw new LabelError(name, "true or false", value);
  return value;
};

const REQUIRED: Readonly<Record<string, Check>> = {
  classification: oneOf(CLASSIFICATIONS),
  releasabilityTo: listOf(matching(COUNTRY, "an ISO 3166-1 alpha-3 code")),
  COI: listOf(matching(COMMUNITY, "a community's name of 1 to 64 letters, digits, spaces and _ . / -")),
  coiOperator: oneOf(["ALL", "ANY"]),
  creationDate: dateTime,
};
const OPTIONAL: Readonly<Record<string, Check>> = {
  originalClassification: matching(/^\S[^\p{C}]{0,63}$/u, "1 to 64 printable characters"),
  originalCountry: matching(/^([A-Z]{3}|NATO)$/, "an ISO 3166-1 alpha-3 code or NATO"),
  releasableToIndustry: trueOrFalse,
};

/**
 * Takes a label out of untrusted data. Strict: an attribute that is missing, unknown, of the wrong type or outside its
 * values is an error, because a label read half is a document released by mistake.
 * @returns a label of its own, with its attributes always in the same order
 * @throws {LabelError}
 */
export function parseSecurityLabel(value: unknown): SecurityLabel {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new LabelError("label", "an object", value);
  const given = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(REQUIRED, name) && !Object.hasOwn(OPTIONAL, name)) throw new LabelError(name, "absent: a label has no such attribute", given[name]);
  }
  const label: Record<string, unknown> = {};
  for (const [name, check] of Object.entries(REQUIRED)) label[name] = check(given[name], name);
  for (const [name, check] of Object.entries(OPTIONAL)) if (given[name] !== undefined) label[name] = check(given[name], name);
  if ((label["originalClassification"] === undefined) !== (label["originalCountry"] === undefined)) {
    throw new LabelError("originalClassification", "given together with originalCountry", given["originalClassification"]);
  }
  return label as unknown as SecurityLabel;
}

/** `Date.parse` takes 31 April for 1 May; a label must not. */
function isRealDate(text: string): boolean {
  const day = text.slice(0, 10);
  return !Number.isNaN(Date.parse(text)) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
