/** Where the orchestration databases of a stack are, from its secret output `orchestration`. */
import { reveal } from "../recovery/reveal.ts";
import { stateDecrypter, type Decrypt } from "../state-secrets.ts";
import { readState, runPulumi, type Deployment, type StackHandle } from "../state.ts";
import type { Access } from "./database.ts";

/** Access to each instance's database, by code. */
export type AccessByCode = Readonly<Record<string, Access>>;

const OUTPUT = "orchestration";

/**
 * Reads the output again and again at little cost: the key is derived once. A state with another secrets provider than the passphrase is
 * read through the CLI.
 */
export class AccessReader {
  private readonly handle: StackHandle;
  private decrypt: Promise<Decrypt | undefined> | undefined;

  constructor(handle: StackHandle) {
    this.handle = handle;
  }

  /**
   * @param state read just now; by default it is read here
   * @returns nothing for instances that are not deployed that far yet
   */
  async read(state?: Deployment): Promise<AccessByCode> {
    state ??= await readState(this.handle);
    const output = state?.resources?.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs?.[OUTPUT];
    if (output === undefined) return {};
    this.decrypt ??= stateDecrypter(state, this.handle.env);
    const decrypt = await this.decrypt;
    if (decrypt !== undefined) return reveal(output, decrypt) as AccessByCode;
    const { stdout } = await runPulumi(this.handle, ["stack", "output", "--json", "--show-secrets", "--stack", this.handle.stack]);
    return (JSON.parse(stdout) as { [OUTPUT]?: AccessByCode })[OUTPUT] ?? {};
  }
}
