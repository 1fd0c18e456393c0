/**
 * In place of the TypeScript compiler for whoever asks for `typescript`: the Pulumi SDK, which loads it into each process that uses the SDK and
 * uses it to serialise functions, of which this project has none (docs/decisions/0027). The compiler itself is the package
 * `typescript-compiler` and is loaded when something of it is first used.
 */
const { version } = require("./package.json");

module.exports = new Proxy(
  {},
  {
    get: (_target, name) => (name === "version" ? version : require("typescript-compiler")[name]), // the SDK asks for it only to say it
    has: (_target, name) => name in require("typescript-compiler"),
  },
);
