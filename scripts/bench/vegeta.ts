import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { goProgram } from "../images/artifacts.ts";
import { contentHash } from "../images/content-hash.ts";
import type { Paths } from "../paths.ts";

/** One request of a load. */
export interface LoadRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a load showed; times in ms, measured by the client. */
export interface LoadFigure {
  readonly requests: number;
  /** Share of answers with a status of 200 to 399. */
  readonly success: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** What went wrong, each once. */
  readonly errors: readonly string[];
}

/** Sends requests at a constant rate, one after the other in their order and whether or not answers have come. */
export type Load = (requests: readonly LoadRequest[], perSecond: number) => Promise<LoadFigure>;

/** Nanoseconds. */
interface Report {
  readonly requests: number;
  readonly success: number;
  readonly errors: readonly string[];
  readonly latencies: Readonly<Record<"50th" | "95th" | "99th", number>>;
}

/** Finds vegeta, built once from its Go module. @param ca the authority that servers' certificates are checked by, PEM */
export async function vegeta(paths: Paths, ca: string, update: (detail: string) => void): Promise<Load> {
  const recipe = join(paths.root, "scripts", "bench", "vegeta");
  const noGo = () => Promise.reject(new Error("vegeta is built with Go >= 1.21, which is not on PATH"));
  const program = await goProgram({ cacheDir: paths.cacheDir, baseImage: noGo }, recipe, "vegeta", await contentHash([recipe], []), "github.com/tsenart/vegeta/v12", update);
  return async (requests, perSecond) => {
    const folder = await mkdtemp(join(tmpdir(), "dive-load-"));
    try {
      const [certificate, results] = [join(folder, "ca.pem"), join(folder, "results")];
      await writeFile(certificate, ca);
      const args = ["attack", "-format=json", `-rate=${perSecond}/1s`, `-duration=${Math.ceil((requests.length / perSecond) * 1_000)}ms`, `-root-certs=${certificate}`, "-timeout=10s", "-redirects=-1", `-output=${results}`];
      await execa(program, args, { input: targetsOf(requests) });
      const { stdout } = await execa(program, ["report", "-type=json", results]);
      const { latencies, requests: sent, success, errors } = JSON.parse(stdout) as Report;
      const ms = (name: keyof typeof latencies) => latencies[name] / 1e6;
      return { requests: sent, success, errors: errors ?? [], p50: ms("50th"), p95: ms("95th"), p99: ms("99th") };
    } finally {
      await rm(folder, { recursive: true });
    }
  };
}

/**
 * Requests in vegeta's JSON format. Every line is ended, the last one too: vegeta drops what is not, and then begins again with the first
 * request, whose proof of possession was used by then.
 */
export function targetsOf(requests: readonly LoadRequest[]): string {
  return requests.map(({ method, url, headers, body }) => `${JSON.stringify({
    method, url, header: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    ...(body === undefined ? {} : { body: Buffer.from(body).toString("base64") }),
  })}\n`).join("");
}
