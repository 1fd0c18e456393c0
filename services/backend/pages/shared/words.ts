/** A time as people read it, in their own zone; the exact one is in the element. */
export function timeText(iso: string): string {
  return new Date(iso).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

/** How long ago, roughly. */
export function ageText(iso: string, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1_000));
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3_600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

/** A number of bytes in the largest unit that fits, which a line break does not part from it. */
export function sizeText(bytes: number): string {
  if (bytes < 1_024) return `${bytes}\u00a0B`;
  if (bytes < 1_048_576) return `${(bytes / 1_024).toFixed(1)}\u00a0KiB`;
  return `${(bytes / 1_048_576).toFixed(1)}\u00a0MiB`;
}
