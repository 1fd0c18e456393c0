/** A version of three numbers; suffixes ("-alpha", "+dfsg1") are left out. */
export type Version = readonly [major: number, minor: number, patch: number];

/** Reads the first version in a text ("go version go1.26.1 linux/amd64"), or undefined. */
export function parseVersion(text: string): Version | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/** Whether `have` is `want` or newer. */
export function atLeast(have: Version, want: Version): boolean {
  for (const place of [0, 1, 2] as const) {
    if (have[place] !== want[place]) return have[place] > want[place];
  }
  return true;
}
