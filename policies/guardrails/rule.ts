/** A resource's properties as the program gave them, plain. A value that is not known yet throws when it is read. */
export type Props = Readonly<Record<string, any>>;

/** Where ports are published unless the configuration says otherwise. */
export const LOOPBACK = "127.0.0.1";

/** What of the stack's configuration rules depend on. */
export interface Settings {
  /** The address on which ports may be published. Default: {@link LOOPBACK}. */
  readonly bindAddress: string;
  /** The address under which other hosts reach the stack: ports may be published on it as well. Default: "", none. */
  readonly advertiseAddress: string;
  /** "true" where the stack's configuration lets cAdvisor hold Docker's socket (`monitoring.containers`). Default: "false". */
  readonly containerExporter: string;
}

/** One guardrail: a pure function over one resource. Rules read only what they need, so that unknown values elsewhere do not matter. */
export interface Rule {
  /** In kebab-case; the name under which the engine reports it. */
  readonly name: string;
  readonly description: string;
  /** Resource types that it looks at. */
  readonly types: readonly string[];
  /** The settings that it reads, as JSON schemas. Default: none. */
  readonly settings?: Readonly<Partial<Record<keyof Settings, { readonly type: "string"; readonly default: string }>>>;
  /** What is wrong, one sentence each; none when all is well. Never repeats a secret. */
  violations(props: Props, settings: Settings): string[];
}

/** The sentences whose condition holds. */
export function when(...checks: readonly (readonly [boolean, string])[]): string[] {
  return checks.filter(([wrong]) => wrong).map(([, sentence]) => sentence);
}
