import { expect } from "vitest";
import { type DiffAnswer, type DiffKind, type InitFailure, type PluginProcess, initFailure } from "./test-client.ts";
import { type Bag, hasUnknown } from "./values.ts";

/** What the engine's state would hold of a resource. */
export interface Stored {
  readonly id: string;
  readonly inputs: Bag;
  readonly state: Bag;
}

/** Kind of change by property path; nothing for no change. A path that replaces says so in its kind. */
export type Verdict = Readonly<Record<string, DiffKind>>;

/** Looks at the service, so that a preview can be seen to touch nothing. */
export type Look = () => Promise<unknown>;

/** For tests: one resource, driven through a plugin's calls in the order in which the engine makes them. */
export class Life {
  readonly plugin: PluginProcess;
  readonly name: string;
  /** Undefined before the create and after the delete. */
  stored: Stored | undefined;
  /** The last create or update failed half way: the engine then updates whatever the diff says. */
  unfinished = false;

  constructor(plugin: PluginProcess, name: string) {
    this.plugin = plugin;
    this.name = name;
  }

  /** Check, as on `up`. @throws AssertionError when the program is refused */
  async checked(program: Bag, replacing = false): Promise<Bag> {
    const { inputs, failures } = replacing ? await this.plugin.check(this.name, program, {}, 0xcd) : await this.plugin.check(this.name, program, this.stored?.inputs);
    expect(failures).toEqual([]);
    return inputs;
  }

  /** What `preview` would say to a program: Check, then Diff against what is stored. */
  async diff(program: Bag): Promise<DiffAnswer> {
    const { id, inputs, state } = this.stored!;
    return this.plugin.diff(this.name, id, inputs, state, await this.checked(program));
  }

  /** The outputs that `preview` shows for a create, an update or a replacement. */
  async preview(program: Bag, answer?: DiffAnswer): Promise<Bag> {
    const replacing = (answer?.replaces.length ?? 0) > 0;
    if (this.stored === undefined || replacing) return (await this.plugin.create(this.name, await this.checked(program, replacing), { preview: true })).state;
    const { id, inputs, state } = this.stored;
    return this.plugin.update(this.name, id, inputs, state, await this.checked(program), { preview: true });
  }

  /**
   * `up`: create, nothing, update or replace, by the plugin's own verdict, which is returned. Every step is previewed first, and the
   * preview is seen to leave the service as it was.
   */
  async up(program: Bag, look: Look): Promise<DiffAnswer | undefined> {
    const answer = this.stored && (await this.diff(program));
    if (answer !== undefined && !answer.changed && !this.unfinished) return answer;
    const before = await look();
    const previewed = await this.preview(program, answer);
    expect(await look(), "a preview must not touch the service").toEqual(before);
    const old = this.stored;
    if (old === undefined) {
      await this.#create(await this.checked(program));
    } else if (answer!.replaces.length === 0) {
      await this.#update(program, old);
    } else if (answer!.deleteBeforeReplace) {
      const inputs = await this.checked(program, true);
      await this.destroy();
      await this.#create(inputs);
    } else {
      await this.#create(await this.checked(program, true));
      await this.plugin.delete(this.name, old.id, old.inputs, old.state);
    }
    this.#expectAsPreviewed(previewed);
    return answer;
  }

  /** `refresh`: what the service has now becomes the state. Returns whether it still exists. */
  async refresh(): Promise<boolean> {
    const { id, state, inputs } = this.stored!;
    const read = await this.plugin.read(this.name, id, state, inputs);
    this.stored = read.id === "" ? undefined : read;
    return this.stored !== undefined;
  }

  /** `import`: a Read with nothing but an id. */
  async import(id: string): Promise<void> {
    const read = await this.plugin.read(this.name, id, {}, {});
    expect(read.id, `import of ${id} finds nothing`).not.toBe("");
    this.stored = read;
  }

  /** `destroy`. */
  async destroy(): Promise<void> {
    const { id, inputs, state } = this.stored!;
    await this.plugin.delete(this.name, id, inputs, state);
    this.stored = undefined;
  }

  async #create(inputs: Bag): Promise<void> {
    // Until it succeeds there is no state, unless the plugin says that something was left behind.
    this.stored = undefined;
    await this.#keepingWhatWasMade(async () => {
      this.stored = { ...(await this.plugin.create(this.name, inputs)), inputs };
    });
  }

  async #update(program: Bag, { id, inputs, state }: Stored): Promise<void> {
    const news = await this.checked(program);
    await this.#keepingWhatWasMade(async () => {
      this.stored = { id, inputs: news, state: await this.plugin.update(this.name, id, inputs, state, news) };
    });
  }

  async #keepingWhatWasMade(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.unfinished = false;
    } catch (error) {
      const left: InitFailure | undefined = initFailure(error);
      if (left !== undefined) {
        this.stored = left;
        this.unfinished = true;
      }
      throw error;
    }
  }

  /** What a preview said must be what happened: known values stay, no output appears that was not announced. */
  #expectAsPreviewed(previewed: Bag): void {
    const { state } = this.stored!;
    expect(Object.keys(state).filter((name) => !(name in previewed)), "outputs that the preview did not announce").toEqual([]);
    const known = Object.entries(previewed).filter(([, value]) => !hasUnknown(value));
    expect(state, "outputs that the preview announced").toMatchObject(Object.fromEntries(known));
  }
}
