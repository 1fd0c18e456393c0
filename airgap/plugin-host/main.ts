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

const input = createInterface(process.stdin).once("line", (environment) => Object.assign(process.env, JSON.parse(environment)));
let starterIsGone = false;

enableCompileCache();
// After the compile cache, so that the protocol's generated code comes out of it.
const { end, serviceOf } = await import("./services.ts");
loading.resolve(new Map(await Promise.all(names.map(async (name) => [name, await serviceOf(name)] as const))));

input.once("close", () => {
  starterIsGone = true;
  endIfUnused();
});

/** An engine whose `./dive` was killed goes on, and keeps its plugins. */
function endIfUnused(): void {
  if (!starterIsGone || connections > 0) return;
  end();
  process.exit(0);
}
