import type * as pulumi from "@pulumi/pulumi";

/**
 * The provider handed to a dynamic resource: a closure over one string that loads the real provider when it is called.
 *
 * Pulumi stores the source text of a dynamic provider in the state and later runs that text. With this shim the text is always the
 * same few lines, so an edit of the logic is no change of the resource, `refresh` and `destroy` run today's code, and the logic may
 * import what it likes, which serialised code cannot do in ES modules.
 *
 * @param file path of the file that exports `provider`, relative to the program's folder (the working directory of the process that
 * runs dynamic providers), e.g. `./dynamic/health-check/provider.ts`. Its `provider` must have all six methods.
 */
export function providerShim(file: string): pulumi.dynamic.ResourceProvider {
  const made = shims.get(file) ?? makeShim(file);
  shims.set(file, made);
  return made;
}

/** One shim a file: the SDK serialises each provider object once. */
const shims = new Map<string, pulumi.dynamic.ResourceProvider>();

function makeShim(file: string): pulumi.dynamic.ResourceProvider {
  // Only globals and `file` may be used in here (a variable called `module` would be taken for the global). `getBuiltinModule` and not `import`: the serialiser captures imports, and fails on built-in ones.
  const load = () => process.getBuiltinModule("node:module").createRequire(process.cwd() + "/")(file).provider;
  return {
    check: (olds, news) => load().check(olds, news),
    diff: (id, olds, news) => load().diff(id, olds, news),
    create: (inputs) => load().create(inputs),
    read: (id, props) => load().read(id, props),
    update: (id, olds, news) => load().update(id, olds, news),
    delete: (id, props) => load().delete(id, props),
  };
}
