import { createRequire } from "node:module";
import type * as Grpc from "@grpc/grpc-js";
import type * as ProviderServices from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as ProviderMessages from "@pulumi/pulumi/proto/provider_pb.js";
import type * as PluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as StatusMessages from "@pulumi/pulumi/proto/status_pb.js";
import type * as AnyMessages from "google-protobuf/google/protobuf/any_pb.js";
import type * as EmptyMessages from "google-protobuf/google/protobuf/empty_pb.js";
import type * as StructMessages from "google-protobuf/google/protobuf/struct_pb.js";

// Only the generated protocol is loaded, never the SDK: that is 0.1 s and 65 MB a plugin instead of 0.45 s and 132 MB.
// gRPC and protobuf are resolved as the SDK resolves them: two copies of a message class would not recognise each other.
const here = createRequire(import.meta.url);
const sdk = createRequire(here.resolve("@pulumi/pulumi/package.json"));

export const grpc: typeof Grpc = sdk("@grpc/grpc-js");
export const services: typeof ProviderServices = sdk("./proto/provider_grpc_pb.js");
export const messages: typeof ProviderMessages = sdk("./proto/provider_pb.js");
export const { PluginInfo }: typeof PluginMessages = sdk("./proto/plugin_pb.js");
export const { Status }: typeof StatusMessages = sdk("./proto/status_pb.js");
export const { Any }: typeof AnyMessages = sdk("google-protobuf/google/protobuf/any_pb.js");
export const { Empty }: typeof EmptyMessages = sdk("google-protobuf/google/protobuf/empty_pb.js");
export const { Struct }: typeof StructMessages = sdk("google-protobuf/google/protobuf/struct_pb.js");

/** The version of an installed npm package, e.g. `installedVersion("@pulumi/docker")` is `5.2.0`. */
export function installedVersion(packageName: string): string {
  return (here(`${packageName}/package.json`) as { version: string }).version;
}
