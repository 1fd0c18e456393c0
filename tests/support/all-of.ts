/** Waits for the end of all, and then tells every failure, not only the first: the others may be the cause, and none is left running. */
export async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work);
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  if (failures.length > 0) throw new AggregateError(failures, failures.map((failure) => (failure instanceof Error ? failure.message : String(failure))).join("\n\n"));
  return results.map((result) => (result as PromiseFulfilledResult<T>).value);
}
