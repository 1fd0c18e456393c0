const NANOSECONDS = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 } as const;
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;

/**
 * Nanoseconds of a duration as Docker and Go write it: "1m30s", "500ms", "0s", "0".
 * @returns undefined when the text is no such duration.
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (text === "" || text.replace(PART, "") !== "") return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART)) total += Number(amount) * NANOSECONDS[unit as keyof typeof NANOSECONDS];
  return Math.round(total);
}

/** The shortest exact text in one unit: 90e9 is "90s". */
export function formatDuration(nanoseconds: number): string {
  for (const unit of ["s", "ms", "us"] as const) {
    if (nanoseconds % NANOSECONDS[unit] === 0) return `${nanoseconds / NANOSECONDS[unit]}${unit}`;
  }
  return `${nanoseconds}ns`;
}
