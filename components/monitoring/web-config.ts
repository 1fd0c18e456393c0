/** The `--web.config.file` that Prometheus, Alertmanager and the exporters share: TLS, and a login where pages are exposed. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import bcrypt from "bcryptjs";
import { filesPath } from "../workload.ts";
import { login } from "./scrape-config.ts";

/** Work of the hash, as a power of two: the password is 190 random bits, so guessing is hopeless whatever one guess costs. */
const ROUNDS = 4;

const tlsServer = { cert_file: `${filesPath}/tls.crt`, key_file: `${filesPath}/tls.key`, min_version: "TLS13" } as const;

/** TLS with the leaf of {@link monitoringTlsFiles}; no login: for what only Prometheus reaches. */
export const exporterWebConfig: string = JSON.stringify({ tls_server_config: tlsServer });

/** TLS and the login `monitoring`. */
export function exposedWebConfig(password: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.secret(password.apply((plain) => JSON.stringify({ tls_server_config: tlsServer, basic_auth_users: { [login.username]: bcryptHash(plain) } })));
}

/** A bcrypt hash with a salt made from the password: the same at every run, or each would replace the server. */
export function bcryptHash(password: string): string {
  const digest = createHash("sha256").update(`salt of ${password}`).digest();
  return bcrypt.hashSync(password, `$2b$${String(ROUNDS).padStart(2, "0")}$${bcrypt.encodeBase64([...digest.subarray(0, 16)], 16)}`);
}
