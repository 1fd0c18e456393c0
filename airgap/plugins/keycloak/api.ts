import type { KeycloakAdminClient } from "@keycloak/keycloak-admin-client/lib/client.js";
import type { CallContext } from "../server/resource-type.ts";
import { statusOf } from "./errors.ts";
import type { Session } from "./session.ts";

type Call<T> = (admin: KeycloakAdminClient) => Promise<T>;

/** The four kinds of requests, for the length of one engine call. `what` completes "could not ...". */
export class Api {
  readonly session: Session;
  readonly #context: CallContext;

  constructor(session: Session, context: CallContext) {
    this.session = session;
    this.#context = context;
  }

  /** Makes something; never repeated once it may have arrived. */
  add<T>(what: string, call: Call<T>): Promise<T> {
    return this.session.request(this.#context, what, false, call);
  }

  /** Reads something; undefined when it, or what it belongs to, is gone. */
  async find<T>(what: string, call: Call<T | undefined | null>): Promise<T | undefined> {
    try {
      return (await this.session.request(this.#context, what, true, call)) ?? undefined;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** Changes something to a given value, so it may be done twice. */
  change<T>(what: string, call: Call<T>): Promise<T> {
    return this.session.request(this.#context, what, true, call);
  }

  /** Deletes something; already gone is success. */
  async remove(what: string, call: Call<unknown>): Promise<void> {
    try {
      await this.session.request(this.#context, what, true, call);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }
}
