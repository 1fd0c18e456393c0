import { buildConnector } from "undici";

/**
 * Who vouches for the servers of an origin (`https://<host>[:<port>]`): PEM texts of authorities. A partner's authority is asked about that
 * partner's servers only, so it cannot speak for anybody else's.
 */
export type Trust = (origin: string) => readonly string[];

/** The origin that a connection is for. */
export function originOf({ protocol, host, hostname }: Pick<buildConnector.Options, "protocol" | "host" | "hostname">): string {
  return new URL(`${protocol}//${host ?? hostname}`).origin;
}

/** Connects each origin with its own trust, as it is at that moment; connections that are there stay. */
export function trustingConnector(trust: Trust, options: buildConnector.BuildOptions): buildConnector.connector {
  return (target, callback) => buildConnector({ ...options, ca: [...trust(originOf(target))] })(target, callback);
}
