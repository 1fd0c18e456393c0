import { describe, expect, it } from "vitest";
import { type InitFailure, type PluginProcess, initFailure } from "./test-client.ts";
import { Life, type Stored, type Verdict } from "./test-life.ts";
import { type Bag, Unknown, plain } from "./values.ts";

/** What a case's functions get. `World` is the table's own handle on the service. */
export interface Subject<World> {
  readonly world: World;
  /** Unique in the run; also the resource's name in the program. */
  readonly name: string;
  /** What the engine's state would hold; undefined before a create and after a delete. */
  readonly stored: Stored | undefined;
}

type Made<World, T> = T | ((subject: Subject<World>) => T);
/** An object that what `look` saw must match, or own expectations. */
type Effect<World> = object | ((seen: any, subject: Subject<World>) => void | Promise<void>);

interface Common<World> {
  readonly name: string;
  /** Where the expected verdict comes from: official schema, documentation, provider behaviour, or this project's own decision. */
  readonly source: string;
  /** Inputs over the table's base, before the case starts; `undefined` leaves a property out. */
  readonly given?: Made<World, Bag>;
  /** Prepares the service, before anything of the resource exists. */
  readonly prepare?: (subject: Subject<World>) => Promise<void>;
}

/**
 * One line of a table.
 *
 * - `create`: preview and create, then an `up` and a refresh that change nothing. `outputs` must be in the state; `computed` were unknown in the preview.
 * - `change`: what Diff says to changed inputs, then the update or replacement itself, then no change and no drift; or the refusal of it.
 * - `drift`: somebody changes the service; a refresh must name it (or find the resource gone), and the next `up` must heal it.
 * - `import`: by the official id; then the same program shows no change, except for `verdict`.
 * - `invalid`: Check refuses, by path and reason.
 * - `refuse`: the create fails, nothing is made and what exists is left alone.
 * - `half`: the create fails after something was made, which is kept in the state; once `mend` is done, the next `up` finishes it.
 * - `delete`: the resource is gone afterwards, a second delete succeeds and a refresh finds nothing. `outside` may remove it first.
 */
export type Case<World> = Common<World> & (
  | { readonly does: "create"; readonly effect?: Effect<World>; readonly outputs?: Made<World, object>; readonly computed?: readonly string[] }
  | { readonly does: "change"; readonly change: Made<World, Bag>; readonly verdict: Verdict; readonly deleteBeforeReplace?: boolean; readonly refused?: RegExp; readonly effect?: Effect<World> }
  | { readonly does: "drift"; readonly outside: (subject: Subject<World>) => Promise<unknown>; readonly verdict: Verdict | "gone"; readonly effect?: Effect<World> }
  | { readonly does: "import"; readonly id?: (subject: Subject<World>) => string; readonly verdict?: Verdict; readonly refused?: RegExp }
  | { readonly does: "invalid"; readonly change: Made<World, Bag>; readonly failures: Readonly<Record<string, RegExp>> }
  | { readonly does: "refuse"; readonly message: RegExp }
  | { readonly does: "half"; readonly message: RegExp; readonly mend: (subject: Subject<World>) => Promise<unknown>; readonly left?: Effect<World>; readonly effect?: Effect<World> }
  | { readonly does: "delete"; readonly outside?: (subject: Subject<World>) => Promise<unknown>; readonly effect?: Effect<World> });

/** The cases of one resource type. */
export interface Table<World> {
  readonly token: string;
  /** Valid inputs; each case has a resource of its own. */
  base(subject: Subject<World>): Bag;
  /** What the service says about the resource; undefined when it has none. Called with and without `stored`. */
  look(subject: Subject<World>): Promise<unknown>;
  /** The resource lives in the state alone, so a refresh gives back what it is given, also after a delete. Default: a service has it. */
  readonly logical?: true;
  /** Whether replacements delete first. Default: no. */
  readonly deleteBeforeReplace?: boolean;
  readonly cases: readonly Case<World>[];
}

/** Turns a table into tests, one a case. `plugin` and `world` are asked for when the tests run. */
export function driveTable<World>(table: Table<World>, plugin: () => PluginProcess, world: () => World): void {
  const short = table.token.split(":").at(-1)!;
  // In order, also where tables run side by side: cases of one table may share what their service has one of.
  describe(short, { concurrent: false }, () => {
    it.each(table.cases.map((one, index) => [one.does, one.name, one.source, one, index] as const))("%s: %s (%s)", async (_does, _name, _source, one, index) => {
      const run = new Run(table, one, world(), new Life(plugin().of(table.token), `t-${short.toLowerCase()}-${index}`));
      try {
        await one.prepare?.(run);
        await run.case();
      } finally {
        if (run.stored !== undefined) await run.life.destroy();
      }
    });
  });
}

class Run<World> implements Subject<World> {
  readonly world: World;
  readonly life: Life;
  readonly #table: Table<World>;
  readonly #case: Case<World>;

  constructor(table: Table<World>, one: Case<World>, world: World, life: Life) {
    this.world = world;
    this.life = life;
    this.#table = table;
    this.#case = one;
  }

  get name(): string {
    return this.life.name;
  }

  get stored(): Stored | undefined {
    return this.life.stored;
  }

  async case(): Promise<void> {
    const one = this.#case;
    const given = { ...this.#table.base(this), ...this.#made(one.given ?? {}) };
    switch (one.does) {
      case "create":
        expect(plain(await this.life.preview(given))).toMatchObject(Object.fromEntries((one.computed ?? []).map((name) => [name, Unknown.value])));
        await this.#up(given);
        expect(plain(this.stored!.state)).toMatchObject(this.#made(one.outputs ?? {}));
        await this.#expectEffect(one.effect);
        return this.#expectSettled(given);
      case "change": {
        await this.#up(given);
        const program = { ...given, ...this.#made(one.change) };
        await this.#expectVerdict(program, one.verdict, one.deleteBeforeReplace ?? this.#table.deleteBeforeReplace ?? false);
        const { id } = this.stored!;
        if (one.refused !== undefined) {
          await this.#expectRefused(program, one.refused);
          return this.#expectSettled(given);
        }
        await this.#up(program);
        const replaced = Object.values(one.verdict).some((kind) => kind.endsWith("_REPLACE"));
        if (!replaced) expect(this.stored!.id, "an update keeps the id").toBe(id);
        await this.#expectEffect(one.effect);
        return this.#expectSettled(program);
      }
      case "drift":
        await this.#up(given);
        await one.outside(this);
        expect(await this.life.refresh(), "still there").toBe(one.verdict !== "gone");
        if (one.verdict !== "gone") await this.#expectVerdict(given, one.verdict, this.#table.deleteBeforeReplace ?? false);
        await this.#up(given);
        await this.#expectEffect(one.effect);
        return this.#expectSettled(given);
      case "import":
        await this.#up(given);
        if (one.refused !== undefined) return expect(this.life.plugin.read(this.name, this.stored!.id, {}, {})).rejects.toThrow(one.refused);
        await this.life.import(one.id?.(this) ?? this.stored!.id);
        return this.#expectVerdict(given, one.verdict ?? {}, this.#table.deleteBeforeReplace ?? false);
      case "invalid":
        return this.#expectInvalid({ ...given, ...this.#made(one.change) }, one.failures);
      case "refuse":
        return this.#expectRefused(given, one.message);
      case "half":
        return this.#expectHalf(given, one);
      case "delete": {
        await this.#up(given);
        const stored = this.stored!;
        await one.outside?.(this);
        await this.life.destroy();
        expect(await this.#look()).toBeUndefined();
        this.life.stored = stored;
        await this.life.destroy();
        this.life.stored = stored;
        expect(await this.life.refresh(), "still there").toBe(this.#table.logical === true);
        return this.#expectEffect(one.effect);
      }
    }
  }

  async #up(program: Bag): Promise<void> {
    await this.life.up(program, this.#look);
  }

  #made<T>(value: Made<World, T>): T {
    return typeof value === "function" ? (value as (subject: Subject<World>) => T)(this) : value;
  }

  #look = (): Promise<unknown> => this.#table.look(this);

  async #expectEffect(effect: Effect<World> | undefined): Promise<void> {
    if (effect === undefined) return;
    const seen = await this.#look();
    if (typeof effect === "function") await (effect as (seen: unknown, subject: Subject<World>) => unknown)(seen, this);
    else expect(seen).toMatchObject(effect);
  }

  async #expectVerdict(program: Bag, verdict: Verdict, deleteBeforeReplace: boolean): Promise<void> {
    const top = (paths: readonly string[]) => [...new Set(paths.map((path) => /^[^.[]*/.exec(path)![0]))].sort();
    const replacing = Object.keys(verdict).filter((path) => verdict[path]!.endsWith("_REPLACE"));
    expect(await this.life.diff(program)).toEqual({
      changed: Object.keys(verdict).length > 0,
      detailed: verdict,
      diffs: top(Object.keys(verdict)),
      replaces: top(replacing),
      deleteBeforeReplace: replacing.length > 0 && deleteBeforeReplace,
    });
  }

  /** No change on the next `up`, nor after a refresh, which leaves the state as it was. */
  async #expectSettled(program: Bag): Promise<void> {
    await this.#expectVerdict(program, {}, false);
    const before = this.stored;
    await this.life.refresh();
    expect(this.stored, "a refresh without drift").toEqual(before);
  }

  async #expectInvalid(program: Bag, failures: Readonly<Record<string, RegExp>>): Promise<void> {
    const given = (await this.life.plugin.check(this.name, program)).failures.map((failure) => [failure.slice(0, failure.indexOf(": ")), failure.slice(failure.indexOf(": ") + 2)]);
    expect(Object.fromEntries(given)).toEqual(Object.fromEntries(Object.entries(failures).map(([path, reason]) => [path, expect.stringMatching(reason) as string])));
  }

  async #expectRefused(program: Bag, message: RegExp): Promise<void> {
    const before = await this.#look();
    const error = await this.life.up(program, this.#look).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ details: expect.stringMatching(message) as string });
    expect(initFailure(error), "nothing may be kept").toBeUndefined();
    expect(await this.#look(), "what exists must be left alone").toEqual(before);
  }

  async #expectHalf(program: Bag, one: Extract<Case<World>, { does: "half" }>): Promise<void> {
    const error = await this.life.up(program, this.#look).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ details: expect.stringMatching(one.message) as string });
    const left: InitFailure | undefined = initFailure(error);
    expect(left, "what was made is kept in the state").toMatchObject({ id: expect.stringMatching(/./) as string, reasons: [expect.stringMatching(one.message)] });
    await this.#expectEffect(one.left);
    await one.mend(this);
    await this.#up(program);
    expect(this.stored!.id, "finished, not made again").toBe(left!.id);
    await this.#expectEffect(one.effect);
    await this.#expectSettled(program);
  }
}
