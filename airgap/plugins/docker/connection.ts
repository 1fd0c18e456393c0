import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { DockerOptions } from "dockerode";
import type { ProviderInputs } from "./types.ts";

/** Where the daemon listens when neither the provider nor DOCKER_HOST says so. */
const DEFAULT_HOST = "unix:///var/run/docker.sock";
const SSH_PORT = 22;

/**
 * dockerode's options for a provider configuration: `host`, else DOCKER_HOST, else the local socket.
 * Every field is given, also as undefined: otherwise docker-modem fills it from the environment and mixes two hosts.
 * @throws {Error} when the address has another scheme than unix, tcp, http, https or ssh.
 */
export async function connection(config: ProviderInputs, environment: NodeJS.ProcessEnv): Promise<DockerOptions> {
  const address = config.host ?? environment["DOCKER_HOST"] ?? DEFAULT_HOST;
  const none = { socketPath: undefined, host: undefined, port: undefined, username: undefined, protocol: undefined, ca: undefined, cert: undefined, key: undefined };
  if (address.startsWith("unix://")) return { ...none, socketPath: address.slice("unix://".length) };
  if (!URL.canParse(address)) throw unsupported(address);
  const url = new URL(address);
  if (url.protocol === "ssh:") return { ...none, ...(await ssh(url, environment)) };
  if (!["tcp:", "http:", "https:"].includes(url.protocol)) throw unsupported(address);
  const tls = await tlsMaterial(config, environment);
  const encrypted = url.protocol === "https:" || tls.ca !== undefined || tls.cert !== undefined;
  return { ...none, ...tls, host: url.hostname, port: url.port || (encrypted ? 2376 : 2375), protocol: encrypted ? "https" : "http" };
}

function unsupported(address: string): Error {
  return new Error(`docker provider, host: "${address}" is not an address of a Docker daemon; allowed: unix://<path>, tcp://<host>:<port>, http://, https://, ssh://<user>@<host>`);
}

async function tlsMaterial(config: ProviderInputs, environment: NodeJS.ProcessEnv): Promise<Pick<DockerOptions, "ca" | "cert" | "key">> {
  if (config.caMaterial ?? config.certMaterial ?? config.keyMaterial) {
    return { ca: config.caMaterial, cert: config.certMaterial, key: config.keyMaterial };
  }
  const folder = config.certPath ?? environment["DOCKER_CERT_PATH"];
  if (!folder) return {};
  const [ca, cert, key] = await Promise.all(["ca.pem", "cert.pem", "key.pem"].map((file) => readFile(join(folder, file))));
  return { ca, cert, key };
}

/** SSH through the user's agent. The host's key must be in known_hosts: ssh2 by itself would accept any. */
async function ssh(url: URL, environment: NodeJS.ProcessEnv): Promise<DockerOptions> {
  const port = Number(url.port) || SSH_PORT;
  const known = await knownHostKeys(port === SSH_PORT ? url.hostname : `[${url.hostname}]:${port}`);
  return {
    protocol: "ssh",
    host: url.hostname,
    port,
    username: url.username || environment["USER"],
    sshOptions: {
      agent: environment["SSH_AUTH_SOCK"],
      hostVerifier: (key: Buffer) => known.has(key.toString("base64")),
    },
  };
}

async function knownHostKeys(host: string): Promise<Set<string>> {
  try {
    // ssh-keygen also finds hashed entries, which a text search would not.
    const { stdout } = await promisify(execFile)("ssh-keygen", ["-F", host]);
    return new Set(stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(" ")[2] ?? ""));
  } catch (cause) {
    throw new Error(`docker provider, host: the SSH host "${host}" is not in known_hosts; connect to it once with ssh and check its fingerprint`, { cause });
  }
}
