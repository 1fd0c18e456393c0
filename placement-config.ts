/** Where a stack runs and how it is reached: the settings dockerHost, bindAddress and advertiseAddress, checked. */
import { isIPv4 } from "node:net";

/** Where ports are published unless the configuration says otherwise. */
const LOOPBACK = "127.0.0.1";

/** The Docker host of a stack, and the addresses of what runs there. */
export interface PlacementConfig {
  /** Address of the Docker daemon, `unix://<path>` or `ssh://<user>@<host>`. Default: DOCKER_HOST, else the local socket. */
  readonly dockerHost?: string;
  /** IPv4 address on which the Docker host publishes ports. Default: 127.0.0.1. */
  readonly bindAddress: string;
  /**
   * IPv4 address or DNS name under which other hosts reach the published ports; everybody uses it then, and stacks that advertise the same
   * are on one Docker host. Default: none, so that all partners have to be on the same Docker host.
   */
  readonly advertiseAddress?: string;
}

/** The settings as the engine gives them. */
export interface RawPlacement {
  readonly dockerHost?: unknown;
  readonly bindAddress?: unknown;
  readonly advertiseAddress?: unknown;
}

type Report = (key: string, rule: string, got: unknown, allowed: string) => void;

/** Checks the settings; what is wrong is reported, and the result is then of no use. */
export function parsePlacement({ dockerHost, bindAddress = LOOPBACK, advertiseAddress }: RawPlacement, report: Report): PlacementConfig {
  if (dockerHost !== undefined && !isDockerHost(dockerHost))
    report("dockerHost", "must be the address of a Docker daemon", dockerHost, "unix:///<path of its socket>, ssh://<user>@<host>; no tcp://, which is open to everybody without certificates");

  if (typeof bindAddress !== "string" || !/^(\d{1,3}\.){3}\d{1,3}$/.test(bindAddress))
    report("bindAddress", "must be an IPv4 address of this host", bindAddress, "127.0.0.1, 0.0.0.0 or an address of this host");

  const advertised = advertiseAddress !== undefined;
  if (advertised && !isReachable(advertiseAddress))
    report("advertiseAddress", "must lead other hosts to this stack's published ports", advertiseAddress, "an IPv4 address or a DNS name in small letters, neither of them this host's own view of itself (localhost, 127.0.0.1, 0.0.0.0)");
  else if (advertised && !isIPv4(advertiseAddress as string) && isLoopback(bindAddress))
    report("bindAddress", "must say where ports are published when advertiseAddress is a name", bindAddress, "0.0.0.0 or an address of the Docker host");
  if (!advertised && typeof dockerHost === "string" && dockerHost.startsWith("ssh://"))
    report("advertiseAddress", "is missing: the program itself has to reach what runs on another machine", undefined, "an IPv4 address or a DNS name of the Docker host");

  return {
    bindAddress: bindAddress as string,
    ...(dockerHost === undefined ? {} : { dockerHost: dockerHost as string }),
    ...(advertised ? { advertiseAddress: advertiseAddress as string } : {}),
  };
}

/** Whether a value is the address of a Docker daemon that a stack may run on. */
export function isDockerHost(value: unknown): value is string {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, hostname, pathname, search, hash, password } = new URL(value);
  if (search !== "" || hash !== "" || password !== "") return false;
  return protocol === "unix:" ? hostname === "" && /^\/[^/]/.test(pathname) : protocol === "ssh:" && hostname !== "" && /^\/?$/.test(pathname);
}

/** Every address on which an instance's ports are published: a loopback address alone would keep those away to whom another is advertised. */
export function publishedOn({ bindAddress, advertiseAddress }: Pick<PlacementConfig, "bindAddress" | "advertiseAddress">): readonly string[] {
  return advertiseAddress !== undefined && isLoopback(bindAddress) && isIPv4(advertiseAddress) ? [bindAddress, advertiseAddress] : [bindAddress];
}

function isReachable(value: unknown): boolean {
  if (typeof value !== "string" || value === "localhost" || value.endsWith(".localhost")) return false;
  if (isIPv4(value)) return !isLoopback(value) && value !== "0.0.0.0";
  // The last label is no number, or it would be a mistyped address.
  return value.length <= 253 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value);
}

const isLoopback = (address: unknown): boolean => typeof address === "string" && address.startsWith("127.");
