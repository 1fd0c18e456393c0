/** The images of a Docker host: each pulled, or found locally, once. */
import * as pulumi from "@pulumi/pulumi";
import * as docker from "@pulumi/docker";
import { imageReference, type ImageName, type INSTANCE_IMAGES } from "../images.ts";

/** Image ids by name; ids, because a tag in a container's `image` shows a difference for ever. */
export class ImageSet<Name extends ImageName = (typeof INSTANCE_IMAGES)[number]> extends pulumi.ComponentResource {
  readonly ids: Readonly<Record<Name, pulumi.Output<string>>>;

  constructor(name: string, images: readonly Name[], opts?: pulumi.ComponentResourceOptions) {
    super("dive:index:ImageSet", name, {}, opts);
    const entries = images.map((image) => {
      const remote = new docker.RemoteImage(`${name}-${image}`, { name: imageReference(image), keepLocally: true }, { parent: this });
      return [image, remote.imageId] as const;
    });
    this.ids = Object.fromEntries(entries) as typeof this.ids;
    this.registerOutputs({ ids: this.ids });
  }
}
