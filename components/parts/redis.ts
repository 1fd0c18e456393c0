/** Redis of an instance: sessions, rate limits and replay protection of its own services. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { containerPorts } from "../endpoints.ts";
import { Workload } from "../workload.ts";
import { serverCertificate, tlsFiles, type PartContext } from "./context.ts";
import { generatedPassword } from "./password.ts";

/** What other parts need of the server. */
export interface RedisPart {
  readonly workload: Workload;
  readonly password: pulumi.Output<string>;
  /** Of the user `monitor`, which may ask for the server's figures and nothing else. */
  readonly monitorPassword: pulumi.Output<string>;
}

/** An ACL line for the user `monitor`: no key, no channel, nothing that tells a configuration. */
export function monitorUser(password: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.interpolate`user monitor on #${sha256(password)} resetkeys resetchannels -@all +info +ping +auth +hello +quit +slowlog|len +slowlog|get +latency|latest +latency|histogram`;
}

/** SHA-256 of a password as an ACL takes it; public, since a generated password is 190 random bits. */
export function sha256(password: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.unsecret(password.apply((value) => createHash("sha256").update(value).digest("hex")));
}

/** The TLS settings that every Redis of ours shares: TLS only, clients known by password. */
export const redisTlsSettings = `port 0
tls-port ${containerPorts.redis}
tls-cert-file /run/dive/tls.crt
tls-key-file /run/dive/tls.key
tls-ca-cert-file /run/dive/ca.crt
tls-auth-clients no
tls-protocols "TLSv1.3"
dir /data
`;

/** A PING over TLS; an answer that asks for a password is an answer. */
export const redisHealth = {
  test: ["CMD", "redis-cli", "--tls", "--cacert", "/run/dive/ca.crt", "-h", "localhost", "ping"],
  startPeriodSeconds: 20,
};

/** Makes the server. */
export function makeRedis(context: PartContext): RedisPart {
  const { site, name, parent } = context;
  const password = generatedPassword(`${name}-redis-password`, { parent });
  const monitorPassword = generatedPassword(`${name}-redis-monitor-password`, { parent });
  const workload = new Workload(
    `${name}-redis`,
    {
      site,
      service: "redis",
      image: context.images.redis,
      user: "999:0",
      command: ["redis-server", "/run/dive/redis.conf"],
      files: {
        ...tlsFiles(context, serverCertificate(context, "redis")),
        "redis.conf": { content: pulumi.interpolate`${redisTlsSettings}requirepass ${password}\n${monitorUser(monitorPassword)}\nmaxmemory 128mb\nmaxmemory-policy noeviction\nappendonly yes\n` },
      },
      dataPath: "/data",
      tmpfs: { "/tmp": "size=16m,mode=1777" },
      networks: [context.privateNetwork],
      memoryMib: 192,
      health: redisHealth,
    },
    { parent },
  );
  return { workload, password, monitorPassword };
}
