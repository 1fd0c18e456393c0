/** Lets a number of works run at once; the others wait in order. */
export class Limiter {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param limit at least 1; Infinity is no limit */
  constructor(limit: number) {
    if (!(limit >= 1)) throw new RangeError(`postgresql provider: maxConnections must be 0 (no limit) or at least 1, got ${limit}`);
    this.#free = limit;
  }

  /** Runs the work as soon as there is room; its place is freed whatever comes of it. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
