/**
 * Security policy information files (XMLSPIF, http://www.xmlspif.org): an XML description of a policy's classifications, categories
 * and their markings. Of the format this reads what the access policy needs: names, hierarchy, marking phrases and qualifiers.
 */
import { XMLParser, XMLValidator } from "fast-xml-parser";

/** The coalition's classifications, lowest first: a file must have exactly these, in this order. */
export const classifications = ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP_SECRET"] as const;

/** A classification by the name that labels carry. */
export type Classification = (typeof classifications)[number];

/** What stands before, between and after the phrases of a category. */
export interface Qualifier {
  readonly prefix: string;
  readonly separator: string;
  readonly suffix: string;
}

/** What the access policy takes from a file; `data.tables.spif` of the policy bundle. */
export interface SpifTable {
  readonly policy: { readonly name: string; readonly id: string };
  readonly classifications: Readonly<Record<Classification, { readonly phrase: string }>>;
  /** Every community of interest that a label may name. */
  readonly communities: Readonly<Record<string, { readonly phrase: string }>>;
  /** Phrases of countries that are not marked by their alpha-3 code. */
  readonly countries: Readonly<Record<string, string>>;
  readonly qualifiers: { readonly communities: Qualifier; readonly releasability: Qualifier };
}

/** A file that cannot be used: which, what is wrong, what is expected. */
export class SpifError extends Error {
  readonly code = "DIVE_ERR_SPIF";
  constructor(file: string, problem: string) {
    super(`The security policy information file ${file} cannot be used: ${problem}`);
    this.name = "SpifError";
  }
}

type Element = Readonly<Record<string, unknown>>;

/** Elements that may occur several times; the parser then gives a list even for one. */
const repeated = new Set(["securityClassification", "securityCategoryTagSet", "securityCategoryTag", "tagCategory", "markingData", "markingQualifier", "qualifier"]);

/**
 * Reads a file.
 * @param xml its text
 * @param file its name, for errors
 * @throws SpifError when it is not well-formed, declares a document type, lacks a classification or orders them differently,
 * or has no phrase for one
 */
export function parseSpif(xml: string, file: string): SpifTable {
  const fail = (problem: string): never => {
    throw new SpifError(file, problem);
  };
  if (/<!DOCTYPE|<!ENTITY/i.test(xml)) fail("it declares a document type or an entity, which nothing in the format needs");
  const valid = XMLValidator.validate(xml);
  if (valid !== true) fail(`line ${valid.err.line}, column ${valid.err.col}: ${valid.err.msg}`);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "",
    removeNSPrefix: true,
    parseAttributeValue: false,
    trimValues: false,
    isArray: (name, _path, _isLeaf, isAttribute) => !isAttribute && repeated.has(name),
  });
  const root = child(parser.parse(xml) as Element, "SPIF") ?? fail("its root element is not SPIF");
  const policy = child(root, "securityPolicyId") ?? fail("it has no securityPolicyId");
  return {
    policy: { name: text(policy, "name") ?? fail("securityPolicyId has no name"), id: text(policy, "id") ?? fail("securityPolicyId has no id") },
    classifications: readClassifications(root, fail),
    ...readCategories(root, fail),
  };
}

function readClassifications(root: Element, fail: (problem: string) => never): SpifTable["classifications"] {
  const found = children(child(root, "securityClassifications"), "securityClassification").map((element) => ({
    name: (text(element, "name") ?? fail("a securityClassification has no name")).replaceAll(" ", "_"),
    hierarchy: Number(text(element, "hierarchy") ?? NaN),
    phrase: phraseOf(element),
  }));
  const ordered = [...found].sort((a, b) => a.hierarchy - b.hierarchy);
  const strict = ordered.every(({ hierarchy }, i) => Number.isInteger(hierarchy) && (i === 0 || hierarchy > ordered[i - 1]!.hierarchy));
  const names = ordered.map(({ name }) => name);
  if (!strict || names.join() !== classifications.join())
    fail(`its classifications by hierarchy are ${names.join(" < ") || "none"}${strict ? "" : " (hierarchies must be different whole numbers)"}; expected ${classifications.join(" < ")}`);
  return Object.fromEntries(
    ordered.map(({ name, phrase }) => [name, { phrase: phrase ?? fail(`${name} has no markingData with a phrase`) }]),
  ) as SpifTable["classifications"];
}

function readCategories(root: Element, fail: (problem: string) => never): Pick<SpifTable, "communities" | "countries" | "qualifiers"> {
  const tagSet = (name: string): readonly Element[] => {
    const set = children(child(root, "securityCategoryTagSets"), "securityCategoryTagSet").find((candidate) => text(candidate, "name") === name);
    return children(set ?? fail(`it has no securityCategoryTagSet "${name}"`), "securityCategoryTag");
  };
  const communities = tagSet("Community of interest");
  const releasability = tagSet("Releasable to");
  const categories = (tags: readonly Element[]) =>
    tags.flatMap((tag) => children(tag, "tagCategory")).map((category) => {
      const name = text(category, "name") ?? fail("a tagCategory has no name");
      return [name, phraseOf(category) ?? name] as const;
    });
  const countries = categories(releasability);
  for (const [country] of countries) if (!/^[A-Z]{3}$/.test(country)) fail(`"Releasable to" names ${country}, which is no ISO 3166-1 alpha-3 code`);
  return {
    communities: Object.fromEntries(categories(communities).map(([name, phrase]) => [name, { phrase }])),
    countries: Object.fromEntries(countries),
    qualifiers: { communities: qualifierOf(communities), releasability: qualifierOf(releasability) },
  };
}

function phraseOf(element: Element): string | undefined {
  return children(element, "markingData").map((data) => text(data, "phrase")).find((phrase) => phrase !== undefined);
}

/** Without qualifiers the phrases are joined by ", ". */
function qualifierOf(tags: readonly Element[]): Qualifier {
  const qualifiers = tags.flatMap((tag) => children(tag, "markingQualifier")).flatMap((marking) => children(marking, "qualifier"));
  const of = (code: string) => qualifiers.filter((qualifier) => text(qualifier, "qualifierCode") === code).map((qualifier) => text(qualifier, "markingQualifier"))[0];
  return { prefix: of("prefix") ?? "", separator: of("separator") ?? ", ", suffix: of("suffix") ?? "" };
}

function child(element: Element | undefined, name: string): Element | undefined {
  const value = element?.[name];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Element) : undefined;
}

function children(element: Element | undefined, name: string): readonly Element[] {
  const value = element?.[name];
  return Array.isArray(value) ? value.filter((one): one is Element => typeof one === "object" && one !== null) : [];
}

function text(element: Element, name: string): string | undefined {
  const value = element[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
