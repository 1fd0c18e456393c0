/** The providers of the stack as a whole; each instance makes those of its own servers. */
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import { isDockerHost } from "./placement-config.ts";

/** One provider of a kind: each is a process of the engine's. */
export interface Providers {
  readonly docker: docker.Provider;
  readonly random: random.Provider;
  readonly tls: tls.Provider;
  /** Runs what is in `dynamic/`. */
  readonly dynamic: pulumi.ProviderResource;
}

/** Registers them. */
export function makeProviders(): Providers {
  const host = new pulumi.Config("dive").get("dockerHost");
  return {
    // What is no Docker host is refused with everything else that is wrong (config.ts), before anything is made there.
    docker: new docker.Provider("docker", isDockerHost(host) ? { host } : {}),
    random: new random.Provider("random"),
    tls: new tls.Provider("tls"),
    dynamic: new DynamicProvider("dynamic"),
  };
}

/** The SDK has no class for its own provider, which would otherwise start only when the first of its resources is due. */
class DynamicProvider extends pulumi.ProviderResource {
  constructor(name: string, opts?: pulumi.ResourceOptions) {
    super("pulumi-nodejs", name, {}, opts);
  }
}
