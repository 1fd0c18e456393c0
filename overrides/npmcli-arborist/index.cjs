/**
 * In place of npm's reader of package trees. The Pulumi SDK loads it, with all that it depends on, into every process that uses the SDK, and uses
 * it for nothing but the archive of a cloud function (`computeCodePaths`), of which this project has none: docs/decisions/0026.
 */
exports.Arborist = class Arborist {
  constructor() {
    throw new Error(
      "@npmcli/arborist is left out of this project (overrides/npmcli-arborist), so code cannot be packed into the archive of a cloud function: docs/decisions/0026 says how to have it back",
    );
  }
};
