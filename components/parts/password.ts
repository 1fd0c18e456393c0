import * as random from "@pulumi/random";
import type * as pulumi from "@pulumi/pulumi";

/** A generated secret of 32 letters and digits (190 bits), safe in URLs, DSNs and configuration files. */
export function generatedPassword(name: string, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
  return new random.RandomPassword(name, { length: 32, special: false }, opts).result;
}
