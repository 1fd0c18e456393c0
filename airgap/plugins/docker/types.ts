import type {
  ContainerArgs, NetworkArgs, ProviderArgs, RemoteImageArgs, VolumeArgs,
} from "@pulumi/docker";
import type { ContainerState } from "@pulumi/docker/container.js";
import type { NetworkState } from "@pulumi/docker/network.js";
import type { RemoteImageState } from "@pulumi/docker/remoteImage.js";
import type { VolumeState } from "@pulumi/docker/volume.js";
import type { Plain } from "../server/unwrap.ts";

/** The provider's configuration as plain values. */
export type ProviderInputs = Plain<ProviderArgs>;

/** `docker.ContainerArgs` as plain values. */
export type ContainerInputs = Plain<ContainerArgs>;
/** `docker.ContainerState` as plain values. */
export type ContainerOutputs = Plain<ContainerState>;
/** One attachment to a network. */
export type Attachment = NonNullable<ContainerInputs["networksAdvanced"]>[number];
/** One file to upload. */
export type Upload = NonNullable<ContainerInputs["uploads"]>[number];

/** `docker.NetworkArgs` as plain values. */
export type NetworkInputs = Plain<NetworkArgs>;
/** `docker.NetworkState` as plain values. */
export type NetworkOutputs = Plain<NetworkState>;

/** `docker.VolumeArgs` as plain values. */
export type VolumeInputs = Plain<VolumeArgs>;
/** `docker.VolumeState` as plain values. */
export type VolumeOutputs = Plain<VolumeState>;

/** `docker.RemoteImageArgs` as plain values. */
export type RemoteImageInputs = Plain<RemoteImageArgs>;
/** `docker.RemoteImageState` as plain values. */
export type RemoteImageOutputs = Plain<RemoteImageState>;
