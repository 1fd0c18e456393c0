import { enableCompileCache } from "node:module";
import { endWithParent } from "../plugins/server/lifetime.ts";
import { messageLimits } from "../plugins/server/message-limits.ts";

enableCompileCache();
// After the compile cache, so that the protocol's generated code comes out of it.
const { grpc, services } = await import("./protocol.ts");
const { handlers } = await import("./handlers.ts");
const { killAll } = await import("./child.ts");

// Flags such as --tracing may come first; the engine's address is the last argument.
const engineAddress = process.argv.at(-1) ?? "";
const server = new grpc.Server(messageLimits);
server.addService(services.LanguageRuntimeService, handlers(engineAddress));
const port = await new Promise<number>((resolve, reject) => {
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)));
});
endWithParent(killAll);
// The engine takes the first line for the port and shows every later one to the user.
process.stdout.write(`${port}\n`);
