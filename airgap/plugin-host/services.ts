import type { Socket } from "node:net";
import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { killAll } from "../language-host/child.ts";
import { handlers as languageHandlers } from "../language-host/handlers.ts";
import { services as languageServices } from "../language-host/protocol.ts";
import { handlers } from "../plugins/server/handlers.ts";
import { messageLimits } from "../plugins/server/message-limits.ts";
import { grpc, services } from "../plugins/server/protocol.ts";
import type { ProviderDefinition } from "../plugins/server/resource-type.ts";

/** Serves one connection. */
export type Serve = (connection: Socket) => void;

/** The name of the language host; every other one is a provider plugin's. */
const LANGUAGE = "nodejs";

/**
 * The language host, or a plugin of `airgap/plugins`.
 *
 * Each connection has a service of its own: the engine connects once for each provider of its program, and two of one package (the
 * Keycloaks of hub and spoke) have different configurations. gRPC's client connects anew after 30 minutes without a call; what it asks then
 * is refused as of a provider that was not configured.
 */
export async function serviceOf(name: string): Promise<Serve> {
  // The engine gives its address in the Handshake.
  if (name === LANGUAGE) return serving(languageServices.LanguageRuntimeService, () => languageHandlers(""));
  const { provider } = (await import(`../plugins/${name}/provider.ts`)) as { provider: ProviderDefinition };
  return serving(services.ResourceProviderService, () => handlers(provider));
}

/** Ends what the language host has started. */
export const end = killAll;

function serving(service: ServiceDefinition, implementation: () => UntypedServiceImplementation): Serve {
  return (connection) => {
    const server = new grpc.Server(messageLimits);
    server.addService(service, implementation());
    server.createConnectionInjector(grpc.ServerCredentials.createInsecure()).injectConnection(connection);
    connection.resume();
  };
}
