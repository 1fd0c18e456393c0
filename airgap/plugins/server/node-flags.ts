/**
 * How Node is to run a plugin, before the name of its `main.ts`: many plugins run at once and mostly wait, and each is to stay under
 * 100 MiB resident, of which some 45 to 50 MiB are pages of Node's own binary. V8 takes these at its start only.
 */
export const nodeFlags: readonly string[] = [
  // MiB. The default, 16 to 32, fills with garbage before it is collected for the first time.
  "--max-semi-space-size=1",
  // MiB. Several times what a plugin holds, and so small that V8 collects before it lets the heap grow by much.
  "--max-old-space-size=128",
  // No threads beside the main one for collecting and compiling.
  "--v8-pool-size=0",
];
