// The dependency container of @peculiar/x509 wants this polyfill before it is loaded.
import "reflect-metadata";
import type * as X509 from "@peculiar/x509";

/** @peculiar/x509, loaded when the first request or certificate is made: it is most of this plugin's start-up time. */
export async function loadX509(): Promise<typeof X509> {
  return import("@peculiar/x509");
}
