import type { ProviderDefinition } from "../server/resource-type.ts";
import { DockerClient } from "./client.ts";
import { container } from "./container.ts";
import { network } from "./network.ts";
import { remoteImage } from "./remote-image.ts";
import type { ProviderInputs } from "./types.ts";
import { volume } from "./volume.ts";

/**
 * Stand-in for the official `docker` plugin. Of its configuration it takes the daemon's address and the TLS material; contexts and
 * registry logins are refused by name. `ssh://` uses the SSH agent and accepts only hosts that known_hosts lists.
 */
export const provider: ProviderDefinition<DockerClient, ProviderInputs> = {
  name: "docker",
  config: {
    host: { type: "string" },
    certPath: { type: "string" },
    caMaterial: { type: "string" },
    certMaterial: { type: "string" },
    keyMaterial: { type: "string", secret: true },
    disableDockerDaemonCheck: { type: "boolean" },
  },
  configure: (config) => new DockerClient(config),
  types: [container, network, volume, remoteImage],
};
