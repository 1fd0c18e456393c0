/** A label as the official package's list form. */
export interface Label {
  readonly label: string;
  readonly value: string;
}

/** List form to Docker's map form. */
export function labelMap(labels: readonly Label[] | undefined): Record<string, string> {
  return Object.fromEntries((labels ?? []).map(({ label, value }) => [label, value]));
}

/** Docker's map form to list form, sorted by name so that equal sets are equal lists. */
export function labelList(labels: Readonly<Record<string, string>> | null | undefined): { label: string; value: string }[] {
  return Object.entries(labels ?? {})
    .map(([label, value]) => ({ label, value }))
    .sort((a, b) => (a.label < b.label ? -1 : 1));
}
