import Table from "cli-table3";

/** A table with a line under its head only, and columns as wide as what is in them. */
export function renderTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = { top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" };
  const bars = { left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "  " };
  const table = new Table({ head: [...head], chars: { ...lines, ...bars }, style: { head: [], border: [], "padding-left": 0, "padding-right": 0 } });
  for (const row of rows) table.push([...row]);
  return table.toString().split("\n").map((line) => line.trimEnd()).join("\n");
}
