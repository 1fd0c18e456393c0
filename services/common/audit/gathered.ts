/** Writes under way at the same time: while that many are, what comes is gathered for the next one. */
const SIDE_BY_SIDE = 2;
/** Most items of one write. */
const LARGEST_WRITE = 500;

interface Waiting<T> {
  readonly items: readonly T[];
  readonly done: (outcome: readonly (Error | undefined)[]) => void;
}

/**
 * Writes items of many callers together: a caller alone is written for at once, and those who come while writes are under way share the
 * next one (group commit).
 * @param write writes all it is given; its result has the failure of each item, or undefined
 * @returns writes a caller's items: resolves when all of them are written, rejects with the first failure of one of them
 */
export function gathered<T>(write: (items: readonly T[]) => Promise<readonly (Error | undefined)[]>): (items: readonly T[]) => Promise<void> {
  const waiting: Waiting<T>[] = [];
  let underWay = 0;

  const next = async (): Promise<void> => {
    if (underWay === SIDE_BY_SIDE || waiting.length === 0) return;
    const callers = [waiting.shift()!];
    for (let count = callers[0]!.items.length; waiting.length > 0 && count + waiting[0]!.items.length <= LARGEST_WRITE; ) {
      count += waiting[0]!.items.length;
      callers.push(waiting.shift()!);
    }
    underWay += 1;
    const items = callers.flatMap((caller) => caller.items);
    const outcome = await write(items).catch((error: unknown) => items.map(() => (error instanceof Error ? error : new Error(String(error)))));
    underWay -= 1;
    let at = 0;
    for (const caller of callers) caller.done(outcome.slice(at, (at += caller.items.length)));
    void next();
  };

  return async (items) => {
    const outcome = await new Promise<readonly (Error | undefined)[]>((done) => {
      waiting.push({ items, done });
      void next();
    });
    const failure = outcome.find((error) => error !== undefined);
    if (failure !== undefined) throw failure;
  };
}
