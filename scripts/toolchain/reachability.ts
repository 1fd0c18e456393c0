/** Time given to each probe, in milliseconds: they run side by side, so it bounds them all. */
export const PROBE_TIMEOUT_MS = 3_000;

/** Which of the official sources answer from here. */
export interface Reachability {
  /** The Pulumi download server: CLI and provider plugins. */
  pulumi: boolean;
  /** The registry of the official container images. */
  images: boolean;
}

interface Probe {
  url: string;
  /** Statuses that only the real server gives; a proxy that refuses answers otherwise. */
  accepts: readonly number[];
}

const PROBES: Record<keyof Reachability, Probe> = {
  pulumi: { url: "https://get.pulumi.com/releases/plugins/pulumi-resource-random-v4.21.2-linux-amd64.tar.gz", accepts: [200] },
  images: { url: "https://registry-1.docker.io/v2/", accepts: [200, 401] },
};

/** Variables that name a proxy, in both spellings. */
const PROXY_VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY"].flatMap((name) => [name, name.toLowerCase()]);

/** Asks one server by HEAD; an error of any kind means that it cannot be had from here. */
async function answers(probe: Probe, timeoutMs: number): Promise<boolean> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const behindProxy = PROXY_VARIABLES.some((name) => process.env[name]);
    return probe.accepts.includes(await (behindProxy ? throughProxy(probe.url, signal) : directly(probe.url, signal)));
  } catch {
    return false; // the question was whether it answers: every failure is the answer "no"
  }
}

/** By Node's own client, which loads in less time than the other, but in the oldest Node that we run on knows of no proxies. */
async function directly(url: string, signal: AbortSignal): Promise<number> {
  return (await fetch(url, { method: "HEAD", redirect: "manual", signal })).status;
}

async function throughProxy(url: string, signal: AbortSignal): Promise<number> {
  const { EnvHttpProxyAgent, request } = await import("undici");
  const dispatcher = new EnvHttpProxyAgent();
  try {
    const response = await request(url, { method: "HEAD", dispatcher, signal });
    await response.body.dump();
    return response.statusCode;
  } finally {
    await dispatcher.destroy();
  }
}

/**
 * Finds out within three seconds what can be downloaded. `DIVE_OFFLINE=1` answers "nothing"
 * without asking, so that the stand-ins can be tried on a connected machine.
 */
export async function probeReachability(env: NodeJS.ProcessEnv = process.env, timeoutMs = PROBE_TIMEOUT_MS): Promise<Reachability> {
  if (env["DIVE_OFFLINE"] === "1") return { pulumi: false, images: false };
  const [pulumi, images] = await Promise.all([answers(PROBES.pulumi, timeoutMs), answers(PROBES.images, timeoutMs)]);
  return { pulumi, images };
}
