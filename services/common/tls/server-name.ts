import { isIP } from "node:net";
import { checkServerIdentity, type ConnectionOptions } from "node:tls";

/**
 * TLS options by which a server's certificate must be good for `host`, also where the connection is handed over without a host: Node then
 * takes the server name, and an address cannot be one (RFC 6066).
 * @param host DNS name or IP address
 */
export function serverName(host: string): Pick<ConnectionOptions, "servername" | "checkServerIdentity"> {
  return isIP(host) === 0 ? { servername: host } : { checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate) };
}
