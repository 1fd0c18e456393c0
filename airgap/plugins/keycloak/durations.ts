const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/**
 * Seconds of a Go duration such as `"15m"` or `"1h30m"`: the official provider's form for every lifespan of a realm.
 * @throws RangeError for any other text, and for parts of a second, which Keycloak cannot keep.
 */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  if (!/^(\d+[hms])+$/.test(text)) {
    throw new RangeError(`a duration must be whole hours, minutes and seconds such as "1h30m", "15m" or "90s", got ${JSON.stringify(text)}`);
  }
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([hms])/g)) seconds += Number(count) * UNIT_SECONDS[unit!]!;
  return seconds;
}

/** A number of seconds in the form Go prints it: 5400 is `"1h30m0s"`, 45 is `"45s"`. */
export function formatDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
