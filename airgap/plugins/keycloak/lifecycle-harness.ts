import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { CallContext, ResourceType } from "../server/resource-type.ts";
import { provider } from "./provider.ts";
import { Session } from "./session.ts";

// For tests only. They need a running Keycloak 26 and an admin client of its realm master, given by these variables.
const { KEYCLOAK_URL, KEYCLOAK_CLIENT_ID, KEYCLOAK_CLIENT_SECRET, KEYCLOAK_CA } = process.env;

/** Base URL of the Keycloak to test on; undefined skips the tests. */
export const url = KEYCLOAK_URL;

/** Properties of a resource. */
export type Inputs = Record<string, unknown>;

/** What a create left. */
export interface Made {
  readonly id: string;
  readonly state: any;
  readonly inputs: Inputs;
}

/** A call that nobody cancels. */
export const context: CallContext = { urn: "urn:pulumi:test::test::x::x", signal: new AbortController().signal, timeoutSeconds: 0 };

/** A session with the given admin client, or with another secret. */
export const newSession = (clientSecret = KEYCLOAK_CLIENT_SECRET!): Session =>
  new Session({ url: url!, clientId: KEYCLOAK_CLIENT_ID!, clientSecret, realm: "master", initialLogin: false, ...(KEYCLOAK_CA ? { rootCaCertificate: KEYCLOAK_CA } : {}) });

/** A name that no other run uses. */
export const unique = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`;

/** The type of a token without its package, e.g. `index/realm:Realm`. */
export function typeOf(token: string): ResourceType<Session> {
  const type = provider.types.find((each) => each.token === `keycloak:${token}`);
  if (!type) throw new Error(`no type ${token}`);
  return type;
}

/** `keycloak:index/...` token of a class name. */
export const index = (type: string): string => `index/${type[0]!.toLowerCase()}${type.slice(1)}:${type}`;

/** Drives resource types as the engine would. */
export class Harness {
  readonly session = newSession();

  /** Check's defaults, then Create. */
  async make(token: string, given: Inputs): Promise<Made> {
    const type = typeOf(token);
    const defaults = Object.entries(type.inputs).flatMap(([name, property]) => (property?.default === undefined ? [] : [[name, property.default]]));
    const inputs = { ...Object.fromEntries(defaults), ...given };
    return { ...(await type.create(this.session, inputs, context)), inputs };
  }

  /** Changes some properties of what was made; undefined takes one away. */
  async change(token: string, made: Omit<Made, "inputs">, given: Inputs): Promise<any> {
    const next = Object.fromEntries(Object.entries({ ...made.state, ...given }).filter(([, value]) => value !== undefined));
    return typeOf(token).update!(this.session, made.id, next, made.state, Object.keys(given), context);
  }

  read(token: string, id: string, state: any): ReturnType<ResourceType<Session>["read"]> {
    return typeOf(token).read(this.session, id, state, context);
  }

  remove(token: string, made: Omit<Made, "inputs">): Promise<void> {
    return typeOf(token).delete(this.session, made.id, made.state, context);
  }

  /** Create, read the same back, update, read the update back, import; then {@link dies} unless `keep`. */
  async lives(token: string, given: Inputs, change: Inputs, importId: (id: string) => string, keep = false): Promise<Omit<Made, "inputs">> {
    const type = typeOf(token);
    const { id, state, inputs } = await this.make(token, given);
    expect(await this.read(token, id, state)).toMatchObject({ id, inputs });
    const updated = await this.change(token, { id, state }, change);
    const next = Object.fromEntries(Object.entries({ ...inputs, ...change }).filter(([, value]) => value !== undefined));
    expect(await this.read(token, id, updated)).toMatchObject({ id, inputs: next });
    // The change must have reached Keycloak, removed properties too: seen from the old state, all of them differ.
    const stale = await this.read(token, id, state);
    for (const name of Object.keys(change).filter((each) => inputs[each] !== undefined && !type.inputs[each]?.writeOnly)) {
      expect(stale!.inputs[name], name).not.toEqual(inputs[name]);
    }
    expect((await this.read(token, importId(id), {}))?.id).toBe(id);
    const made = { id, state: updated };
    if (!keep) await this.dies(token, made);
    return made;
  }

  /** Delete, gone, delete again. */
  async dies(token: string, made: Omit<Made, "inputs">): Promise<void> {
    await this.remove(token, made);
    expect(await this.read(token, made.id, made.state)).toBeUndefined();
    await this.remove(token, made);
  }
}
