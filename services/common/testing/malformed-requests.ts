import { PUBLIC_KEY_PATH, REWRAP_PATH } from "@dive/common/kas-client";
import fc from "fast-check";

/** An operation that malformed requests are made for. */
export interface Operation {
  readonly method: string;
  /** Pattern with `{name}` for what varies. */
  readonly path: string;
  /** Names that its query knows. */
  readonly query: readonly string[];
  /** Names of its body's fields. */
  readonly fields: readonly string[];
}

/** A request that is not as it should be. */
export interface MalformedRequest {
  readonly operation: Operation;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** What must not be in an answer that is an error: places, programs, connections and secrets of the inside. */
export const LEAKS = /node_modules|\/app\/|\/run\/dive|at [\w.]+ \(|Mongo|ECONN|-----BEGIN|rediss?:|password/i;

/** The operations of a KAS. It publishes no document; its routes are OpenTDF's. */
export const KAS_OPERATIONS: readonly Operation[] = [
  { method: "POST", path: REWRAP_PATH, query: [], fields: ["signedRequestToken"] },
  { method: "GET", path: PUBLIC_KEY_PATH, query: ["algorithm", "fmt", "v"], fields: [] },
];

/** Contents of a signed request token that ask for nothing that can be given: with a good proof they are looked at, else refused before. */
export const rewrapContents: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  fc.record({ clientPublicKey: fc.string(), requests: fc.array(fc.jsonValue(), { maxLength: 3 }) }),
  fc.record({ clientPublicKey: fc.constant("x"), requests: fc.array(fc.record({ policy: fc.jsonValue(), keyAccessObjects: fc.array(fc.jsonValue()) })) }),
);

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, {
    readonly parameters?: readonly { readonly in: string; readonly name: string }[];
    readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: { readonly properties?: Readonly<Record<string, unknown>> } }>> };
  }>>>>;
}

/** The operations of an OpenAPI document. */
export function operationsOf(document: unknown): Operation[] {
  return Object.entries((document as OpenApi).paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
    method: method.toUpperCase(), path,
    query: parameters.filter((one) => one.in === "query").map(({ name }) => name),
    fields: Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => Object.keys(schema?.properties ?? {})),
  })));
}

const NASTY = ["../../etc/passwd", "..%2f..%2fetc", "%00", "$where", "__proto__", "constructor", "' OR 1=1 --", '{"$gt":""}', "\u202e", "𝕏".repeat(50), "a".repeat(9_000), "USA-00000000-0000-7000-8000-000000000000", "-1", "1e309", "null"];
const text = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.constantFrom(...NASTY));
const value = fc.oneof(text, fc.jsonValue({ maxDepth: 4 }), fc.constantFrom<unknown>(null, true, -1, 1e300, [], {}, [[[[[]]]]], { $ne: null }));
/** As HTTP lets one be sent. */
const headerText = fc.string({ unit: "grapheme-ascii", maxLength: 60 }).map((one) => one.trim());

/**
 * Requests for operations, with identifiers, queries, headers and bodies that are not as they should be: bodies hold wrong values in the right
 * fields, one field too many, no JSON, broken forms, too much, too deep.
 * @param authorizations headers of callers who may call, mixed with nonsense
 */
export function malformedRequests(operations: readonly Operation[], authorizations: readonly string[]): fc.Arbitrary<MalformedRequest> {
  return fc.constantFrom(...operations).chain((operation) => fc.record({
    id: text,
    query: fc.dictionary(fc.oneof(text, fc.constantFrom("x", ...operation.query)), text, { minKeys: operation.method === "GET" ? 1 : 0, maxKeys: 3 }),
    headers: fc.record({
      authorization: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...authorizations) }, headerText.map((one) => `Bearer ${one}`), headerText),
      "content-type": fc.oneof(fc.constantFrom("application/json", "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "application/x-www-form-urlencoded", 'application/json; charset=""'), headerText),
      dpop: headerText, "x-request-id": headerText, accept: headerText,
    }, { requiredKeys: ["authorization"] }),
    body: operation.method === "GET" ? fc.constant(undefined) : bodyFor(operation),
  }).map(({ id, query, headers, body }) => {
    const search = new URLSearchParams(Object.entries(query).map(([name, one]) => [name.toWellFormed(), one.toWellFormed()])).toString();
    const path = operation.path.replace(/\{\w+\}/g, encodeURIComponent(id.toWellFormed()));
    const sent = Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined));
    return { operation, method: operation.method, url: search === "" ? path : `${path}?${search}`, headers: sent, ...(body === undefined ? {} : { body }) };
  }));
}

function bodyFor({ fields }: Operation): fc.Arbitrary<string | Uint8Array> {
  const wrongValues = fc.tuple(...fields.map((name) => value.map((one) => [name, one] as const)));
  return fc.oneof(
    fc.dictionary(text, value, { maxKeys: 4 }).map((one) => JSON.stringify(one)),
    wrongValues.map((entries) => JSON.stringify(Object.fromEntries(entries))),
    fc.tuple(wrongValues, text).map(([entries, name]) => JSON.stringify(Object.fromEntries([...entries, [`x${name}`, 1]]))),
    fc.jsonValue().map((one) => JSON.stringify(one)),
    fc.string({ maxLength: 200 }).map((one) => `{"${one}`),
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom(`{"a":${"[".repeat(2_000)}`, "x".repeat(70_000)),
    fc.string({ maxLength: 100 }).map((one) => `--x\r\nContent-Disposition: form-data; name="${one}"\r\n\r\nv\r\n--x`),
    fc.tuple(...fields.map((name) => text.map((one) => `--x\r\nContent-Disposition: form-data; name="${name}"${name === "file" ? '; filename="f"' : ""}\r\n\r\n${one}\r\n`))).map((parts) => `${parts.join("")}--x--\r\n`),
  );
}
