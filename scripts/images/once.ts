/**
 * Runs named pieces of work that need each other: each runs once however often it is asked for,
 * and at most `limit` of the heavy parts at the same time.
 */
export class Work {
  readonly #results = new Map<string, Promise<unknown>>();
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** @param limit how many heavy parts may run side by side, at least 1 */
  constructor(limit: number) {
    if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`limit must be a positive integer, got ${limit}`);
    this.#free = limit;
  }

  /** The result of the work with this name; `run` is called by the first who asks. */
  once<T>(name: string, run: () => Promise<T>): Promise<T> {
    const known = this.#results.get(name);
    if (known !== undefined) return known as Promise<T>;
    const result = run();
    this.#results.set(name, result);
    return result;
  }

  /** Runs a heavy part as soon as there is room. Never wait for other work inside: take what it needs first. */
  async heavy<T>(run: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((admitted) => this.#waiting.push(admitted));
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
