import { createRequire } from "node:module";
import type * as Grpc from "@grpc/grpc-js";
import type * as LanguageServices from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type * as LanguageMessages from "@pulumi/pulumi/proto/language_pb.js";
import type * as PluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as EmptyMessages from "google-protobuf/google/protobuf/empty_pb.js";

// gRPC is resolved as the SDK resolves it: two copies of a message class would not recognise each other.
const here = createRequire(import.meta.url);
const sdk = createRequire(here.resolve("@pulumi/pulumi/package.json"));

export const grpc: typeof Grpc = sdk("@grpc/grpc-js");
export const services: typeof LanguageServices = sdk("./proto/language_grpc_pb.js");
export const messages: typeof LanguageMessages = sdk("./proto/language_pb.js");
export const { PackageDependency, PluginInfo }: typeof PluginMessages = sdk("./proto/plugin_pb.js");
export const { Empty }: typeof EmptyMessages = sdk("google-protobuf/google/protobuf/empty_pb.js");

/** Version of the SDK that this host belongs to; the host answers with it. */
export const sdkVersion = (sdk("./package.json") as { version: string }).version;
