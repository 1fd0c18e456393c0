import fc from "fast-check";
import type { Property, PropertyType, ProviderDefinition, ResourceType } from "../../airgap/plugins/server/resource-type.ts";
import { type Bag, Secret, Unknown, type Value, isBag } from "../../airgap/plugins/server/values.ts";

/** A resource as a program may give it, right or wrong. */
export interface Program {
  readonly token: string;
  readonly bag: Bag;
}

/** What a secret value looks like in the generated bags: it can be found wherever it is printed. */
export const HIDDEN = /hidden-[0-9a-f]{8}-[0-9a-f-]{27}/;

/** Properties of this name belong to no type. */
const STRANGER = /^(stranger\d|constructor|toString|hasOwnProperty)$/;

const hidden = fc.uuid().map((id) => `hidden-${id}`);
const key = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom("dive.root", "a b", "ä", "constructor", "toString", ""));
const number = fc.oneof(fc.integer({ min: -2, max: 80 }), fc.constantFrom(0.5, 1e9, -1e9, 2 ** 53, 1e300));

/** Texts that reach further into the plugins than random ones; more may come from a test. */
const words = ["a", "hub", "127.0.0.1", "::1", "https://localhost:1/x", "unix:///nowhere", "10s", "1m", "SECRET", "true", "a:b", "{}", "[1]", "sha256:0", "\u0000", "é\u{1f512}", "x".repeat(5000)];

/** Any value at all, mostly of a wrong shape. */
const anything: fc.Arbitrary<Value> = fc.oneof(
  fc.string(), number, fc.boolean(), fc.constant(null), fc.constant(Unknown.value), hidden.map((text) => new Secret(text)),
  fc.array(fc.oneof(fc.string(), number, fc.constant(null)), { maxLength: 3 }) as fc.Arbitrary<Value>,
  fc.dictionary(key, fc.oneof(fc.string(), number), { maxKeys: 3, noNullPrototype: true }) as fc.Arbitrary<Value>,
);

interface Taste {
  /** Little but what is required, all of it known: what most programs give. */
  readonly plain?: true;
  /** Chance in a hundred that a value is of another shape, or missing, or that a stranger stands beside it. */
  readonly wrong: number;
  readonly words: readonly string[];
  /** Given only where the schema or the program says that a value is secret. */
  readonly secrets: readonly string[];
}

/** Programs for any type of a plugin: a third plain, a third by its schema, a third wild. @param more texts of the kind that the plugin works with @param secrets the same, to be given as secrets only */
export function programs(provider: ProviderDefinition, more: readonly string[] = [], secrets: readonly string[] = []): fc.Arbitrary<Program> {
  const taste = (wrong: number): Taste => ({ wrong, words: [...words, ...more], secrets });
  return fc.constantFrom(...provider.types).chain((type) =>
    fc.oneof(bagOf(type.inputs, { ...taste(0), plain: true }), bagOf(type.inputs, taste(0)), bagOf(type.inputs, taste(12))).map((bag) => ({ token: type.token, bag })),
  );
}

/** Configurations of a plugin, right or wrong. */
export const configurations = (provider: ProviderDefinition): fc.Arbitrary<Bag> => bagOf(provider.config, { wrong: 12, words, secrets: [] });

function bagOf(schema: ResourceType["inputs"], taste: Taste): fc.Arbitrary<Bag> {
  const properties = Object.entries(schema).flatMap(([name, property]) => (property === undefined ? [] : [[name, property] as const]));
  const model = Object.fromEntries(properties.map(([name, property]) => [name, maybe(property, taste)]));
  const stranger = taste.wrong === 0 ? fc.constant(undefined) : sometimes(taste.wrong, fc.tuple(fc.constantFrom("stranger1", "constructor", "toString", "hasOwnProperty"), fc.string()));
  return fc.tuple(fc.record(model, { noNullPrototype: true }), stranger).map(([bag, extra]) => {
    const given = Object.fromEntries(Object.entries(bag).filter(([, value]) => value !== undefined)) as Bag;
    return extra === undefined ? given : { ...given, [extra[0]]: extra[1] };
  });
}

/** A property's value; `undefined` when it is left out. */
function maybe(property: Property, taste: Taste): fc.Arbitrary<Value> {
  const right = valueOf(property, property.type, taste);
  const there = property.required === true ? 100 - taste.wrong : taste.plain ? 15 : 50;
  return fc.oneof({ weight: 100 - there, arbitrary: fc.constant(undefined) as fc.Arbitrary<Value> }, { weight: there, arbitrary: right });
}

function valueOf(property: Property | undefined, type: PropertyType, taste: Taste): fc.Arbitrary<Value> {
  const choices: fc.WeightedArbitrary<Value>[] = [
    { weight: 80, arbitrary: rightValue(property, type, taste) },
    { weight: 5, arbitrary: rightValue(property, type, taste).map((value) => new Secret(value)) },
  ];
  if (!taste.plain) choices.push({ weight: 3, arbitrary: fc.constant(Unknown.value) });
  if (taste.wrong > 0) choices.push({ weight: taste.wrong, arbitrary: anything });
  return fc.oneof(...choices);
}

function rightValue(property: Property | undefined, type: PropertyType, taste: Taste): fc.Arbitrary<Value> {
  if (type === "boolean") return fc.boolean();
  if (type === "number") return property?.oneOf === undefined ? (taste.plain ? fc.integer({ min: 1, max: 64 }) : number) : fc.constantFrom(...(property.oneOf as readonly number[]));
  if (type === "string") {
    if (property?.secret === true) return fc.oneof(hidden, fc.constantFrom(...taste.secrets, ...words));
    const some: fc.Arbitrary<Value> = property?.oneOf === undefined ? fc.oneof(fc.constantFrom(...taste.words), fc.string()) : fc.constantFrom(...(property.oneOf as readonly string[]));
    return fc.oneof({ weight: 9, arbitrary: some }, { weight: 1, arbitrary: hidden.map((text) => new Secret(text)) });
  }
  if ("array" in type) return fc.array(valueOf(property?.oneOf === undefined ? undefined : property, type.array, taste), { maxLength: 3 });
  if ("map" in type) return fc.dictionary(key, valueOf(undefined, type.map, taste), { maxKeys: 3, noNullPrototype: true }) as fc.Arbitrary<Value>;
  return bagOf(type.object, taste);
}

function sometimes<T>(percent: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 100 - percent, arbitrary: fc.constant(undefined) }, { weight: percent, arbitrary });
}

/** The properties in a bag that its schema does not know, where the schema is followed all the way. */
export function strangers(schema: ResourceType["inputs"], bag: Bag): string[] {
  return Object.entries(bag).flatMap(([name, value]) => {
    if (STRANGER.test(name)) return [name];
    const property = Object.hasOwn(schema, name) ? schema[name] : undefined;
    return property === undefined ? [] : strangersIn(property.type, value);
  });
}

function strangersIn(type: PropertyType, value: Value): string[] {
  if (value instanceof Secret) return strangersIn(type, value.value);
  if (typeof type === "string") return [];
  if ("array" in type) return Array.isArray(value) ? value.flatMap((element) => strangersIn(type.array, element)) : [];
  if (!isBag(value)) return [];
  return "map" in type ? Object.values(value).flatMap((element) => strangersIn(type.map, element)) : strangers(type.object, value);
}

/** Every text of a tree that is not inside a secret. */
export function openTexts(value: Value): string[] {
  if (value instanceof Secret) return [];
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(openTexts);
  return isBag(value) ? Object.entries(value).flatMap(([name, inner]) => [name, ...openTexts(inner)]) : [];
}
