/**
 * One line that says what went wrong, down to the innermost cause: "fetch failed: connect ECONNREFUSED 10.64.0.5:8181".
 * Drivers wrap the useful part in causes and AggregateErrors, whose own message is empty or generic.
 */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  let current: unknown = error;
  // Five levels are more than any driver nests; the bound keeps a cause cycle from looping.
  for (let depth = 0; depth < 5 && current !== undefined && current !== null; depth++) {
    const text = messageOf(current);
    if (text !== "" && !parts.some((part) => part.includes(text))) parts.push(text);
    current = innerOf(current);
  }
  return parts.length === 0 ? "unknown error" : parts.join(": ");
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== "") return error.message;
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

function innerOf(error: unknown): unknown {
  if (error instanceof AggregateError) return error.errors[0];
  return error instanceof Error ? error.cause : undefined;
}
