import { canInstallPackages, installPackages } from "../../scripts/debian.ts";
import { createProgress } from "../../scripts/progress.ts";
import { which } from "../../scripts/toolchain/which.ts";

/**
 * Absolute path of a command; as root on a Debian-like machine a missing one is installed by apt first, saying so.
 *
 * @param command what must be on PATH
 * @param debianPackage the package that has it
 * @throws where it is missing and cannot be installed, naming the package
 */
export async function commandPath(command: string, debianPackage: string): Promise<string> {
  const present = await which(command);
  if (present) return present;
  if (!(await canInstallPackages())) {
    throw new Error(`the browser tests need ${command}, which is not on PATH: install it (Debian, as root: apt-get install ${debianPackage})`);
  }
  await installPackages(createProgress(), [debianPackage], "for the browser tests");
  const installed = await which(command);
  if (!installed) throw new Error(`apt-get installed ${debianPackage}, but ${command} is still not on PATH`);
  return installed;
}
