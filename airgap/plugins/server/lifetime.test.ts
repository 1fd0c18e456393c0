import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { isAlive } from "../../../scripts/recovery/processes.ts";

// A parent that starts a child which would live for ever, tells the child's pid, and waits.
const lifetime = new URL("lifetime.ts", import.meta.url).href;
const child = `import { endWithParent } from ${JSON.stringify(lifetime)}; endWithParent(); console.log(process.pid); setInterval(() => {}, 1e6);`;
const parent = `require("node:child_process").spawn(process.execPath, ["--input-type=module", "-e", ${JSON.stringify(child)}], { stdio: "inherit", detached: true });`;

describe("endWithParent", { timeout: 60_000 }, () => {
  it("ends the process when its parent was killed", async () => {
    const started = spawn(process.execPath, ["-e", parent], { stdio: ["ignore", "pipe", "inherit"] });
    const [pid] = (await once(createInterface(started.stdout), "line")) as [string];
    started.kill("SIGKILL");
    await expect.poll(() => isAlive(Number(pid)), { timeout: 20_000 }).toBe(false);
  });
});
