import type { Paths } from "../paths.ts";
import { DiveError, EXIT } from "../errors.ts";
import { goProgram } from "../images/artifacts.ts";
import { contentHash } from "../images/content-hash.ts";
import { recipeFolder } from "../images/plan.ts";
import type { Progress } from "../progress.ts";
import { which } from "./which.ts";

/** Finds OPA for the policy tests: on PATH, else the program of the stand-in image, from the cache or built. @returns its path */
export async function findOpa(paths: Paths, progress: Progress): Promise<string> {
  const onPath = await which("opa");
  if (onPath !== undefined) return onPath;
  const recipe = recipeFolder(paths.root, "opa");
  const noGo = () => Promise.reject(new DiveError('The policy tests need OPA or Go >= 1.21, and PATH has neither "opa" nor such a "go": install one of them.', EXIT.requirement));
  return progress.step("OPA for the policy tests", async (update) =>
    goProgram({ cacheDir: paths.cacheDir, baseImage: noGo }, recipe, "opa", await contentHash([recipe], []), "github.com/open-policy-agent/opa", update),
  );
}
