/**
 * The stand-ins in one process, for an engine that attaches to its plugins instead of starting each as a process of its own.
 *
 * `main.ts nodejs docker keycloak` prints `nodejs:<port>,docker:<port>,keycloak:<port>` at once and loads them then: a connection that comes
 * before waits. It ends when its standard input has ended and no engine is connected. The first line of the input, a JSON object, is added
 * to the environment, which is what programs are started with.
 */
import { once } from "node:events";
import { enableCompileCache } from "node:module";
import { type AddressInfo, type Socket, createServer } from "node:net";
import { createInterface } from "node:readline";
import type { Serve } from "./services.ts";

const loading = Promise.withResolvers<ReadonlyMap<string, Serve>>();
let connections = 0;

async function connected(name: string, connection: Socket): Promise<void> {
  connections += 1;
  connection.once("close", () => {
    connections -= 1;
    endIfUnused();
  });
  (await loading.promise).get(name)!(connection);
}

/** @returns the port */
async function listen(name: string): Promise<number> {
  // Paused, so that nothing of a connection is read before its service is there.
  const listener = createServer({ pauseOnConnect: true }, (connection) => void connected(name, connection));
  await once(listener.listen(0, "127.0.0.1"), "listening");
  return (listener.address() as AddressInfo).port;
}

const names = process.argv.slice(2);
const ports = await Promise.all(names.map(listen));
process.stdout.write(`${names.map((name, index) => `${name}:${ports[index]}`).join(",")}\n`);

let starterIsGone = false;
createInterface(process.stdin)
  .once("line", (environment) => Object.assign(process.env, JSON.parse(environment)))
  .once("close", () => {
    starterIsGone = true;
    endIfUnused();
  });

enableCompileCache();
// After the compile cache, so that the protocol's generated code comes out of it.
const { end, serviceOf } = await import("./services.ts");
// However this process ends, but for SIGKILL: a policy pack would stay for ever.
process.once("exit", end);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
loading.resolve(new Map(await Promise.all(names.map(async (name) => [name, await serviceOf(name)] as const))));

/** An engine that is connected keeps its plugins when its `./dive` was killed. */
function endIfUnused(): void {
  if (starterIsGone && connections === 0) process.exit(0);
}
