/** Says a duration for people: `0.4 s`, `12 s`, `3 min 05 s`. @param ms milliseconds */
export function formatElapsed(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** The last line of a text that is not blank, for showing a tool's latest output beside a title. */
export function lastLine(text: string): string {
  return text.split(/\r?\n|\r/).findLast((line) => line.trim() !== "")?.trim() ?? "";
}
