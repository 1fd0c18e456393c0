import { enableCompileCache } from "node:module";
import { endWithParent } from "./lifetime.ts";
import { messageLimits } from "./message-limits.ts";
import type { ProviderDefinition } from "./resource-type.ts";

/**
 * Runs a plugin: starts the ResourceProvider gRPC service on a free port of 127.0.0.1, prints the port as the first line of standard
 * output (what the Pulumi engine waits for) and answers until the engine ends the process. Resolves once the port is printed.
 * A plugin's `main.ts` is `await serve(provider)`.
 *
 * @throws Error when no port can be bound.
 */
export async function serve(provider: ProviderDefinition): Promise<void> {
  enableCompileCache();
  // After the compile cache, so that the protocol's megabyte of generated code comes out of it.
  const { grpc, services } = await import("./protocol.ts");
  const { handlers } = await import("./handlers.ts");
  const server = new grpc.Server(messageLimits);
  server.addService(services.ResourceProviderService, handlers(provider));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  endWithParent();
  process.stdout.write(`${port}\n`);
}
