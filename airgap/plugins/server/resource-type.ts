/**
 * What a stand-in plugin says about itself: its configuration, its resource types, and how each property behaves.
 *
 * The shared server (`serve.ts`) turns this table into the ResourceProvider protocol: Check validates against `inputs`, Diff compares
 * property by property and answers `replaces` from `Property.replaces`, and Create, Read, Update and Delete call the functions below.
 */

/** The shape of one property's value. */
export type PropertyType =
  | "string"
  | "number"
  | "boolean"
  | { array: PropertyType }
  | { map: PropertyType }
  | { object: Readonly<Record<string, Property>> };

/** One property of a resource or of a provider's configuration. */
export interface Property {
  readonly type: PropertyType;
  /** Check fails when it is missing. Default: optional. */
  readonly required?: true;
  /** A changed value replaces the resource. Default: it is updated in place. */
  readonly replaces?: true;
  /** The value is marked secret in the state, whatever the program says. */
  readonly secret?: true;
  /** The service chooses a value when the program gives none: compared with what it is, and no change when the program drops it. */
  readonly computed?: true;
  /** Filled in by Check when the program gives none, as the official provider's default is. */
  readonly default?: unknown;
  /** Arrays only: order carries no meaning, so a reordered list is no change. */
  readonly unordered?: true;
  /** The only values allowed. */
  readonly oneOf?: readonly (string | number)[];
  /** Used by a create and never again, so a later change is none, as officially (`DiffSuppressFunc`). */
  readonly createOnly?: true;
  /** Never read back from the service (write-only), so Read keeps what the state says. */
  readonly writeOnly?: true;
}

/** What the engine told the plugin about the call in progress. */
export interface CallContext {
  readonly urn: string;
  /** Aborted when the engine cancels or the call's time limit (`timeoutSeconds`) is over. */
  readonly signal: AbortSignal;
  /** Seconds; 0 when the program set none. */
  readonly timeoutSeconds: number;
}

/** What a create left behind when it failed half way: the engine keeps it in state as "init failed". */
export class PartialCreateError extends Error {
  readonly id: string;
  readonly state: Record<string, unknown>;
  constructor(message: string, id: string, state: Record<string, unknown>, cause?: unknown) {
    super(message, { cause });
    this.name = "PartialCreateError";
    this.id = id;
    this.state = state;
  }
}

/**
 * One resource type. `Args` and `State` are plain forms (no Output) of the official package's types, see `unwrap.ts`.
 * Every function gets checked, complete inputs: defaults filled in, unknown properties already refused.
 */
export interface ResourceType<Client = unknown, Args = any, State = any> {
  /** e.g. `docker:index/container:Container`. */
  readonly token: string;
  /** Every supported input. A property not listed here is refused by Check with its path. */
  readonly inputs: Readonly<Partial<Record<keyof Args & string, Property>>>;
  /** Outputs that do not exist before the create, by name: unknown in a preview. Inputs are passed through. */
  readonly computed: readonly (keyof State & string)[];
  /** Computed outputs that are secret. */
  readonly secretOutputs?: readonly (keyof State & string)[];
  /** Computed outputs that an update may change, or this one will: unknown in its preview. The others keep their value there. */
  readonly recomputed?: readonly (keyof State & string)[] | ((inputs: Args, old: State) => readonly (keyof State & string)[]);
  /** The property that is given a name with a random suffix when the program gives none. */
  readonly autonamed?: keyof Args & string;
  /** A replacement must first delete the old one. Default, as officially: if the program itself gives the autonamed property. */
  readonly deleteBeforeReplace?: boolean | ((inputs: Args) => boolean);
  /**
   * Outputs whose present value asks for a replacement although no input has changed, e.g. a certificate that is about to expire.
   * Default: none.
   */
  outdated?(state: State, inputs: Args): readonly (keyof State & string)[];
  /** Rules that a single property cannot express; returns failures with the property's path. Called once every input is known. */
  check?(inputs: Args): { property: string; reason: string }[];
  create(client: Client, inputs: Args, context: CallContext): Promise<{ id: string; state: State }>;
  /** `undefined` means gone. `inputs` is what the service now has, for those properties that can be read back; used for drift and import. */
  read(client: Client, id: string, state: Partial<State>, context: CallContext): Promise<{ id: string; state: State; inputs: Partial<Args> } | undefined>;
  /** Absent: every property replaces. `changed` holds the top-level names of the changed properties. */
  update?(client: Client, id: string, inputs: Args, old: State, changed: readonly string[], context: CallContext): Promise<State>;
  /** Already gone is success. */
  delete(client: Client, id: string, state: State, context: CallContext): Promise<void>;
}

/** A whole plugin. */
export interface ProviderDefinition<Client = unknown, Config = any> {
  /** Package name, e.g. `docker`; its version is that of the installed npm package. */
  readonly name: string;
  readonly config: Readonly<Partial<Record<keyof Config & string, Property>>>;
  /** Builds the client lazily: it must not connect before the first resource call. */
  configure(config: Config): Client | Promise<Client>;
  /** Loaded on demand, so that a plugin starts without its client library. */
  readonly types: readonly ResourceType<Client>[];
}
