/** What `runtime.options` of Pulumi.yaml (or PulumiPolicy.yaml) means for the Node process that runs the program. */
export interface NodeOptions {
  /** Arguments for node itself, before the script. */
  readonly nodeArgs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Reads `runtime.options`. Options that nothing here uses (`tsconfig`, `packagemanager`) are refused: ignored, they would mislead.
 *
 * - `typescript` (default true): whether the SDK registers ts-node. Set it to false where Node's own type stripping does the work.
 * - `nodeargs`: arguments for node, separated by spaces; quotes group.
 *
 * @throws TypeError that names the option, what was given and what is allowed.
 */
export function nodeOptions(options: Record<string, unknown>): NodeOptions {
  const { typescript = true, nodeargs = "", ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`runtime.options.${unknown} is not supported by the stand-in language host; supported: typescript, nodeargs`);
  if (typeof typescript !== "boolean") throw new TypeError(`runtime.options.typescript must be true or false; given: ${JSON.stringify(typescript)}`);
  if (typeof nodeargs !== "string") throw new TypeError(`runtime.options.nodeargs must be a string; given: ${JSON.stringify(nodeargs)}`);
  return {
    nodeArgs: splitWords(nodeargs),
    env: { PULUMI_NODEJS_TYPESCRIPT: String(typescript) },
  };
}

function splitWords(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}
