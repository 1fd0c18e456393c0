/** The Redis that carries revocations to every instance: nothing is ever evicted, and each origin writes only what is its own. */
import * as pulumi from "@pulumi/pulumi";
import type * as docker from "@pulumi/docker";
import type { CertificateAuthority } from "../config.ts";
import { blacklistPort, blacklistUser, containerPorts, isAdvertised, type Peer, type Site } from "./endpoints.ts";
import type { ImageSet } from "./image-set.ts";
import { serverCertificate, tlsFiles, type PartContext } from "./parts/context.ts";
import { generatedPassword } from "./parts/password.ts";
import { monitorUser, redisHealth, redisTlsSettings, sha256 } from "./parts/redis.ts";
import { liveFilesPath, Workload } from "./workload.ts";

/** An instance that may revoke. */
export interface BlacklistOrigin {
  readonly site: Peer;
  /** SHA-256 of its password, hex: a spoke makes the password itself and gives the hub only this. */
  readonly passwordSha256: pulumi.Input<string>;
}

/** The blacklist's users, as the hub's backend follows them. */
export interface BlacklistUsers {
  /** Changes with them. */
  readonly revision: pulumi.Output<string>;
  /** Complete when the file with this revision is in Redis's place. */
  readonly written: () => pulumi.Resource;
}

/** Arguments of {@link BlacklistRedis}. */
export interface BlacklistRedisArgs {
  /** The hub that it belongs to. */
  readonly site: Site;
  readonly origins: readonly BlacklistOrigin[];
  readonly authority: CertificateAuthority;
  readonly images: ImageSet["ids"];
  readonly sharedNetwork: docker.Network;
}

/** The hub's blacklist. */
export class BlacklistRedis extends pulumi.ComponentResource {
  readonly workload: Workload;
  /** Of the user `monitor`. */
  readonly monitorPassword: pulumi.Output<string>;
  /** Who may come in. */
  readonly access: BlacklistUsers;

  constructor(name: string, args: BlacklistRedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("dive:index:BlacklistRedis", name, {}, opts);
    const context: PartContext = {
      site: args.site,
      name,
      authority: args.authority,
      images: args.images,
      privateNetwork: args.sharedNetwork,
      sharedNetwork: args.sharedNetwork,
      parent: this,
    };
    this.monitorPassword = generatedPassword(`${name}-monitor-password`, { parent: this });
    const users = pulumi.interpolate`${accessControlList(args.origins)}${monitorUser(this.monitorPassword)}\n`;
    this.access = { revision: sha256(users), written: () => this.workload.liveFilesWriter! };
    this.workload = new Workload(
      name,
      {
        site: args.site,
        service: "blacklist-redis",
        image: args.images.redis,
        user: "999:0",
        command: ["redis-server", "/run/dive/redis.conf"],
        files: {
          ...tlsFiles(context, serverCertificate(context, "blacklist-redis")),
          "redis.conf": { content: `${redisTlsSettings}aclfile ${liveFilesPath}/users.acl\nmaxmemory 256mb\nmaxmemory-policy noeviction\nappendonly yes\nappendfsync always\n` },
        },
        // The hub's backend tells Redis to read it again.
        liveFiles: { "users.acl": { content: users } },
        dataPath: "/data",
        tmpfs: { "/tmp": "size=16m,mode=1777" },
        networks: [args.sharedNetwork],
        ports: isAdvertised(args.site) ? [{ internal: containerPorts.redis, external: blacklistPort(args.site) }] : [],
        memoryMib: 384,
        health: redisHealth,
      },
      { parent: this },
    );
    this.registerOutputs({ workload: this.workload });
  }
}

/** SHA-256 of a blacklist password as an ACL takes it. */
export const blacklistPasswordHash = sha256;

/**
 * One user an origin: writes its own keys and stream, reads and hears everybody's. Nobody deletes, trims or configures; only the hub may
 * have this list read again, which the program has written. No line depends on who else is there, so nobody is cut off when somebody joins.
 *
 * Nobody may use MULTI either: Redis replays its append-only file as the user `default`, which is off, and drops every transaction in
 * it as not permitted (seen with 8.0.2: "ACLs rules changed between the moment the transaction was accumulated and the EXEC call").
 */
export function accessControlList(origins: readonly BlacklistOrigin[]): pulumi.Output<string> {
  const users = origins.map((origin) => {
    const user = blacklistUser(origin.site);
    const keys = `%W~blacklist:${user}:* %W~revocations:${user} %R~blacklist:* %R~revocations:*`;
    const commands = "-@all +set +get +mget +exists +ttl +xadd +xread +xrange +xlen +publish +subscribe +unsubscribe +ping +info +hello +auth +quit +client|setname +client|setinfo +client|id";
    return pulumi.interpolate`user ${user} on #${origin.passwordSha256} resetkeys resetchannels ${keys} &revocations:* ${commands}${origin.site.role === "hub" ? " +acl|load" : ""}`;
  });
  return pulumi.all(users).apply((lines) => ["user default off", ...lines].join("\n") + "\n");
}
