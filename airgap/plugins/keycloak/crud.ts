import { PartialCreateError, type Property, type ResourceType } from "../server/resource-type.ts";
import { Api } from "./api.ts";
import type { Field, Representation } from "./fields.ts";
import { decode, encode } from "./mapping.ts";
import type { Session } from "./session.ts";

/** What differs between the kinds of Keycloak objects; {@link crud} does the rest. */
export interface Crud<Args> {
  readonly token: string;
  readonly fields: Readonly<Partial<Record<keyof Args & string, Field>>>;
  readonly computed?: readonly string[];
  readonly secretOutputs?: readonly string[];
  /** Computed outputs that an update to these inputs will change. */
  recomputed?(inputs: Args, old: Args): readonly string[];
  readonly autonamed?: keyof Args & string;
  /** e.g. `client "x" of realm "y"`, for errors. */
  describe(inputs: Args): string;
  /** Work with the same key is done one after another. */
  lock?(inputs: Args): string;
  check?(inputs: Args): { property: string; reason: string }[];
  /** What the official import format is called in an error, e.g. `realmId/clientUuid`. */
  readonly importFormat: string;
  /** Takes an import id apart; undefined when it has another form. */
  parseImport(parts: readonly string[]): { id: string; where: Partial<Args> } | undefined;
  /** Makes the object and returns its id. */
  create(api: Api, inputs: Args, representation: Representation): Promise<string>;
  /** Second step of a create, after which the object is complete. Its failure leaves the object in the state as half made. */
  settle?(api: Api, inputs: Args, id: string): Promise<void>;
  find(api: Api, where: Args, id: string): Promise<Representation | undefined>;
  replace(api: Api, inputs: Args, id: string, representation: Representation): Promise<void>;
  remove(api: Api, where: Args, id: string): Promise<void>;
  /** Computed outputs. */
  outputs?(api: Api, inputs: Args, representation: Representation): Promise<Record<string, unknown>>;
  /** Present while the object's place is known: absent in the state of an import. */
  readonly realmKey: keyof Args & string;
}

/** A resource type over Keycloak's read-modify-write representations: what the program does not set stays as Keycloak has it. */
export function crud<Args extends object>(spec: Crud<Args>): ResourceType<Session, Args, any> {
  const fields = spec.fields as Readonly<Record<string, Field>>;
  const exclusively = <T>(session: Session, inputs: Args, work: () => Promise<T>): Promise<T> =>
    spec.lock ? session.alone(spec.lock(inputs), work) : work();
  const outputs = async (api: Api, inputs: Args, found: Representation): Promise<Record<string, unknown>> =>
    spec.outputs ? spec.outputs(api, inputs, found) : {};

  const type: ResourceType<Session, Args, any> = {
    token: spec.token,
    inputs: spec.fields as Readonly<Partial<Record<keyof Args & string, Property>>>,
    computed: spec.computed ?? [],
    // Where no name is made up, names are protocol identifiers: a replacement would meet its predecessor.
    ...(spec.autonamed ? {} : { deleteBeforeReplace: true }),

    async create(session, inputs, context) {
      const api = new Api(session, context);
      return exclusively(session, inputs, async () => {
        const id = await spec.create(api, inputs, encode(fields, bagOf(inputs)));
        try {
          await spec.settle?.(api, inputs, id);
          const found = spec.outputs ? await spec.find(api, inputs, id) : {};
          return { id, state: { ...inputs, ...(await outputs(api, inputs, found ?? {})) } };
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          throw new PartialCreateError(`${spec.describe(inputs)} was made but is not complete: ${reason}`, id, bagOf(inputs), error);
        }
      });
    },

    async read(session, id, state, context) {
      const api = new Api(session, context);
      const known = (state as Record<string, unknown>)[spec.realmKey] !== undefined;
      const imported = known ? undefined : spec.parseImport(id.split("/"));
      if (!known && !imported) throw new Error(`${spec.token}: an import id has the form ${spec.importFormat}, got ${JSON.stringify(id)}`);
      const realId = imported?.id ?? id;
      const where = (imported?.where ?? state) as Args;
      const found = await spec.find(api, where, realId);
      if (!found) return undefined;
      const decoded = decode(fields, found, known ? (state as Record<string, unknown>) : undefined);
      const inputs = { ...(imported?.where ?? {}), ...decoded } as Args;
      return { id: realId, inputs, state: { ...inputs, ...(await outputs(api, inputs, found)) } };
    },

    async update(session, id, inputs, old, _changed, context) {
      const api = new Api(session, context);
      return exclusively(session, inputs, async () => {
        const found = await spec.find(api, inputs, id);
        if (!found) throw new Error(`${spec.describe(inputs)} is gone from Keycloak; run a refresh, then the update makes it again`);
        await spec.replace(api, inputs, id, encode(fields, bagOf(inputs), found, bagOf(old)));
        const after = spec.outputs ? ((await spec.find(api, inputs, id)) ?? {}) : {};
        return { ...inputs, ...(await outputs(api, inputs, after)) };
      });
    },

    async delete(session, id, state, context) {
      const where = state as Args;
      await exclusively(session, where, () => spec.remove(new Api(session, context), where, id));
    },
  };
  return {
    ...type,
    ...(spec.check ? { check: (inputs: Args) => spec.check!(inputs) } : {}),
    ...(spec.recomputed ? { recomputed: (inputs: Args, old: Args) => spec.recomputed!(inputs, old) } : {}),
    ...(spec.secretOutputs ? { secretOutputs: spec.secretOutputs } : {}),
    ...(spec.autonamed ? { autonamed: spec.autonamed } : {}),
  };
}

function bagOf(values: object): Record<string, unknown> {
  return { ...values };
}

/** Failures for keys of a free-form map (`extraConfig`) that a property of its own already covers, as the official provider refuses them. */
export function ownedKeys(fields: Readonly<Record<string, Field>>, container: string, map: Readonly<Record<string, string>> | undefined): { property: string; reason: string }[] {
  return Object.keys(map ?? {}).flatMap((key) => {
    const owner = Object.entries(fields).find(([, field]) => field.place === `${container}.${key}`);
    return owner ? [{ property: `extraConfig["${key}"]`, reason: `is set by the property ${owner[0]}` }] : [];
  });
}
