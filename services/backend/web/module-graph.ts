import { readFile } from "node:fs/promises";
import { createRequire, stripTypeScriptTypes } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { init, parse } from "es-module-lexer";
import { asset, type Asset } from "./assets.ts";

/** Path under which the pages' files are served. */
export const ASSET_PATH = "/assets";

/** The folder whose sources pages may use, by their paths below it. */
const SERVICES = new URL("../../", import.meta.url);

/**
 * Every module that the pages' entries import, directly or not, by the path under which browsers get it: TypeScript without its types, and
 * names of packages turned into paths. There is no other build step: what browsers run is what the tests run. Nothing else is in the map,
 * so nothing else of the service can be fetched.
 * @throws {Error} when a module cannot be found, imports what browsers do not have (`node:`), or imports at run time
 */
export async function moduleAssets(entries: readonly URL[]): Promise<Map<string, Asset>> {
  await init;
  const assets = new Map<string, Asset>();
  const waiting = [...entries];
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    const path = assetPathOf(url);
    if (assets.has(path)) continue;
    const { code, imports } = await readModule(url);
    assets.set(path, asset("text/javascript; charset=utf-8", code));
    waiting.push(...imports);
  }
  return assets;
}

/** Where browsers find a module of ours or of a package. @throws {Error} for any other file */
export function assetPathOf(url: URL): string {
  const inPackage = url.href.split("/node_modules/").at(-1);
  if (inPackage !== undefined && inPackage !== url.href) return `${ASSET_PATH}/packages/${inPackage}`;
  if (!url.href.startsWith(SERVICES.href)) throw new Error(`${url.href} is no source of the services`);
  return `${ASSET_PATH}/${url.href.slice(SERVICES.href.length)}`;
}

async function readModule(url: URL): Promise<{ readonly code: string; readonly imports: readonly URL[] }> {
  const source = await readFile(url, "utf8");
  const plain = url.pathname.endsWith(".ts") ? stripTypeScriptTypes(source) : source;
  const imports: URL[] = [];
  let code = "";
  let done = 0;
  for (const { n: name, s: start, e: end, d: dynamic } of parse(plain)[0]) {
    // `import.meta` is listed, too.
    if (dynamic === -2) continue;
    if (dynamic !== -1 || name === undefined) throw new Error(`${url.href} imports at run time, so that nobody can say what`);
    const target = resolve(name, url);
    imports.push(target);
    code += plain.slice(done, start) + (name.startsWith(".") ? name : assetPathOf(target));
    done = end;
  }
  return { code: code + plain.slice(done), imports };
}

function resolve(name: string, importer: URL): URL {
  if (name.startsWith("node:")) throw new Error(`${importer.href} imports ${name}, which browsers do not have`);
  return name.startsWith(".") ? new URL(name, importer) : pathToFileURL(createRequire(fileURLToPath(importer)).resolve(name));
}
