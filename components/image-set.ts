/** The images of a Docker host: each pulled, or found locally, once. */
import * as pulumi from "@pulumi/pulumi";
import * as docker from "@pulumi/docker";
import { imageReference, type ImageName } from "../images.ts";

/** The images that an instance runs. */
export const instanceImages = ["postgres", "redis", "mongodb", "opa", "keycloak", "backend", "kas"] as const satisfies readonly ImageName[];

/** Image ids by name; ids, because a tag in a container's `image` shows a difference for ever. */
export class ImageSet extends pulumi.ComponentResource {
  readonly ids: Readonly<Record<(typeof instanceImages)[number], pulumi.Output<string>>>;

  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("dive:index:ImageSet", name, {}, opts);
    const entries = instanceImages.map((image) => {
      const remote = new docker.RemoteImage(`${name}-${image}`, { name: imageReference(image), keepLocally: true }, { parent: this });
      return [image, remote.imageId] as const;
    });
    this.ids = Object.fromEntries(entries) as typeof this.ids;
    this.registerOutputs({ ids: this.ids });
  }
}
