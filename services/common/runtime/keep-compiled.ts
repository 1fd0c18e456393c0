/**
 * Run while a service's image is built: loads the service's code, so that Node's compile cache (`NODE_COMPILE_CACHE`) keeps it, types stripped
 * and compiled. A container then starts with half the processor time. The folder holds what this user's Node of this version reads.
 * Given the service's module, below the working directory; loading it must do nothing.
 */
import { flushCompileCache, getCompileCacheDir } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [, , entry] = process.argv;
if (entry === undefined || getCompileCacheDir() === undefined) {
  throw new Error(`keep-compiled needs a module and a folder: NODE_COMPILE_CACHE=<folder> node keep-compiled.ts <module>; given ${entry}, ${process.env["NODE_COMPILE_CACHE"]}`);
}
await import(pathToFileURL(resolve(entry)).href);
flushCompileCache();
process.exit();
