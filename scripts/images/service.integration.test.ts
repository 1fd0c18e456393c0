// What the images of our smaller services add to their sources: code that was compiled while the image was built. The backend's Dockerfile says why
// it does without.
import { execa } from "execa";
import { expect, it } from "vitest";
import { imageReference } from "../../images.ts";
import type { ServiceImage } from "./plan.ts";

const COMPILED: readonly ServiceImage[] = ["kas", "alert-receiver"];

/** What Node says of each file that it looks up in its compile cache, one line each. */
async function lookups(image: string, module: string): Promise<string[]> {
  // As the program starts it: user 1000:0, read-only root.
  const run = ["run", "--rm", "--user", "1000:0", "--read-only", "--env", "NODE_DEBUG_NATIVE=COMPILE_CACHE", "--entrypoint", "node"];
  const { all } = await execa("docker", [...run, image, "services/common/runtime/keep-compiled.ts", module], { all: true });
  return all.split("\n").filter((line) => /^\[compile cache\] (retrieving|V8 code cache)/.test(line));
}

it.each(COMPILED)("the image of %s has every file of the service compiled", async (service) => {
  const lines = await lookups(imageReference(service), `services/${service}/${service}.ts`);
  const own = lines.filter((line) => line.includes("StrippedTypeScript") && line.includes("file:///app/services/"));
  expect(own.length).toBeGreaterThan(20);
  expect(lines.filter((line) => !/\.\.\.success$|was accepted/.test(line))).toEqual([]);
});
