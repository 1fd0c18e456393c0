/**
 * Property paths as the engine writes them: `ports[0].internal`, `labels["dive.root"]`.
 */

/** Appends a property name or an index to a path. The path of the whole bag is `""`. */
export function join(path: string, step: string | number): string {
  if (typeof step === "number") return `${path}[${step}]`;
  if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `${path}[${JSON.stringify(step)}]`;
  return path === "" ? step : `${path}.${step}`;
}
