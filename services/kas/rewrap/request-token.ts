import { PROOF_ALGORITHMS, type ProvenKey } from "@dive/common/dpop";
import type { RewrapRequestBody } from "@dive/common/kas-client";
import { errors, jwtVerify } from "jose";
import { RequestTokenError, RewrapRequestError } from "./errors.ts";

/** Most keys in one request. */
export const MOST_KEYS = 100;

/**
 * Reads the signed request token: signed with the proven key, made within the last minute.
 * @throws {RequestTokenError} (401) when it is not
 * @throws {RewrapRequestError} (400) when it does not hold a request
 */
export async function readRequestToken(token: string, key: ProvenKey, now: Date): Promise<RewrapRequestBody> {
  const payload = await verify(token, key, now);
  return parseRequestBody(payload["requestBody"]);
}

async function verify(token: string, { publicJwk }: ProvenKey, now: Date): Promise<Readonly<Record<string, unknown>>> {
  try {
    const options = { algorithms: [...PROOF_ALGORITHMS], currentDate: now, maxTokenAge: "60 s", clockTolerance: 5 };
    return (await jwtVerify(token, publicJwk, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) throw new RewrapRequestError("signedRequestToken must be a signed JWT.", error);
    throw new RequestTokenError("The signed request token must be signed with the key of the DPoP proof, and not be older than 60 s.", error);
  }
}

/** Strict: every part of the right type, at least one key, no more than {@link MOST_KEYS}. */
function parseRequestBody(value: unknown): RewrapRequestBody {
  const body = objectAt(typeof value === "string" ? parseJson(value) : value, "requestBody");
  const clientPublicKey = textAt(body["clientPublicKey"], "clientPublicKey", 4_096);
  const requests = listAt(body["requests"], "requests").map((entry, index) => {
    const place = `requests[${index}]`;
    const request = objectAt(entry, place);
    const policy = objectAt(request["policy"], `${place}.policy`);
    const keyAccessObjects = listAt(request["keyAccessObjects"], `${place}.keyAccessObjects`).map((wrapper, at) => {
      const { keyAccessObjectId, keyAccessObject } = objectAt(wrapper, `${place}.keyAccessObjects[${at}]`);
      const name = `${place}.keyAccessObjects[${at}]`;
      return { keyAccessObjectId: textAt(keyAccessObjectId, `${name}.keyAccessObjectId`, 128), keyAccessObject: objectAt(keyAccessObject, `${name}.keyAccessObject`) };
    });
    return { policy: { id: textAt(policy["id"], `${place}.policy.id`, 128), body: textAt(policy["body"], `${place}.policy.body`, 65_536) }, keyAccessObjects };
  });
  const count = requests.reduce((sum, request) => sum + request.keyAccessObjects.length, 0);
  if (count > MOST_KEYS) throw new RewrapRequestError(`A request may ask for ${MOST_KEYS} keys at most, this one asks for ${count}.`);
  return { clientPublicKey, requests };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RewrapRequestError("requestBody must be JSON.", error);
  }
}

function objectAt(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new RewrapRequestError(`${place} must be an object.`);
  return value as Readonly<Record<string, unknown>>;
}

function listAt(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) throw new RewrapRequestError(`${place} must be a list with at least one entry.`);
  return value;
}

function textAt(value: unknown, place: string, longest: number): string {
  if (typeof value !== "string" || value === "" || value.length > longest) throw new RewrapRequestError(`${place} must be a text of 1 to ${longest} characters.`);
  return value;
}
