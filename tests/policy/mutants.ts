/** Mutants of policies in the form that `opa fmt` gives them: each has one rule that never holds, or one condition less. */

/** One changed version of a file. */
export interface Mutant {
  /** Line of the rule, from 1. */
  readonly line: number;
  /** What was done, with the text it was done to. */
  readonly what: string;
  readonly text: string;
}

interface Rule {
  readonly first: number;
  readonly last: number;
}

/** The rules of a file: what begins in the first column and is no comment, package, import or end of another rule. */
function rulesOf(lines: readonly string[]): Rule[] {
  const starts = lines.flatMap((line, i) => (/^[a-z_]/.test(line) && !/^(package|import)\b/.test(line) ? [i] : []));
  return starts.map((first, n) => {
    let last = (starts[n + 1] ?? lines.length) - 1;
    while (last > first && (lines[last]!.trim() === "" || lines[last]!.startsWith("#"))) last -= 1;
    return { first, last };
  });
}

/** The mutants of a file. Defaults have no condition: they are turned round where they say false, else left out. */
export function mutantsOf(text: string): Mutant[] {
  const lines = text.split("\n");
  return rulesOf(lines).flatMap(({ first, last }) => {
    const rule = lines.slice(first, last + 1);
    const mutant = (what: string, changed: readonly string[]): Mutant => ({ line: first + 1, what, text: [...lines.slice(0, first), ...changed, ...lines.slice(last + 1)].join("\n") });
    const head = rule[0]!;
    if (head.startsWith("default ")) {
      if (head.endsWith(":= false")) return [mutant(`turned round: ${head}`, [head.replace(/false$/, "true")])];
      return [mutant(`without: ${head}`, [])];
    }
    const bodyStart = rule.findIndex((line) => / if \{$|^\} if \{$|^\]\) if \{$|^\) if \{$/.test(line));
    if (bodyStart >= 0) {
      const never = mutant(`never: ${head}`, [...rule.slice(0, bodyStart + 1), "\tfalse", ...rule.slice(bodyStart + 1)]);
      return [never, ...conditionsOf(rule, bodyStart).map(({ from, to }) => mutant(`without: ${rule[from]!.trim()} of ${head}`, [...rule.slice(0, from), "\ttrue", ...rule.slice(to + 1)]))];
    }
    const inline = /^(.*) if (?!\{)(.*)$/.exec(head);
    if (inline && rule.length === 1) return [mutant(`never: ${head}`, [`${inline[1]} if {`, "\tfalse", `\t${inline[2]}`, "}"])];
    if (/ if /.test(head)) return [mutant(`never: ${head}`, [head.replace(/ if (?!\{)/, " if {\n\tfalse\n\t"), ...rule.slice(1), "}"])];
    return [mutant(`never: ${head}`, [...rule.slice(0, -1), `${rule.at(-1)!} if false`])];
  });
}

/** The conditions of a body, one line or several. Bindings are no conditions: without them the rule means nothing. */
function conditionsOf(rule: readonly string[], bodyStart: number): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (let i = bodyStart + 1; i < rule.length && !rule[i]!.startsWith("}"); i++) {
    if (!/^\t[^\t}\])]/.test(rule[i]!)) continue;
    let to = i;
    while (to + 1 < rule.length && !/^\t[^\t}\])]/.test(rule[to + 1]!) && !rule[to + 1]!.startsWith("}")) to += 1;
    if (!/^\t(some [a-z_\[]|[a-z_]+ := |#)/.test(rule[i]!)) found.push({ from: i, to });
  }
  return found;
}
