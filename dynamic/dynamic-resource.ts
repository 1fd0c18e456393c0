import * as pulumi from "@pulumi/pulumi";

/**
 * A resource whose provider is a file of this folder.
 *
 * The state keeps the text of a dynamic provider, and the engine's dynamic provider runs that text. The SDK's own base class makes it by
 * serialising a function with the TypeScript compiler, which would have to be loaded for that. Here it is {@link providerText}, always the same
 * few lines: so an edit of the logic is no change of the resource, `refresh` and `destroy` run today's code, and the logic may import what it
 * likes, which serialised code cannot do in ES modules (docs/decisions/0027).
 */
export class DynamicResource extends pulumi.CustomResource {
  /**
   * @param file path of the file that exports `provider`, relative to the program's folder, e.g. `./dynamic/health-check/provider.ts`
   * @param type name of the resource type, which is `pulumi-nodejs:dynamic/dive:<type>`
   */
  constructor(file: string, type: string, name: string, props: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
    super(`pulumi-nodejs:dynamic/dive:${type}`, name, { ...props, __provider: providerText(file) }, opts);
  }
}

/**
 * The text of a CommonJS module whose `handler()` gives the provider, as `cmd/dynamic-provider` of the SDK runs it. The working directory of
 * that process is the program's folder. The engine ends it by a signal, at which Node would not keep what it has compiled: so that is kept at once.
 * @param file as for {@link DynamicResource}
 */
export const providerText = (file: string): string =>
  `const { createRequire, flushCompileCache } = process.getBuiltinModule("node:module");
exports.handler = () => {
  const { provider } = createRequire(process.cwd() + "/")(${JSON.stringify(file)});
  flushCompileCache();
  return provider;
};`;
