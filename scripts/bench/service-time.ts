import { type AddressInfo, type NetConnectOpts, type Socket, connect, createServer } from "node:net";
import { once } from "node:events";

/** A proxy before a service that measures how long the service takes, on 127.0.0.1. */
export interface TimedService extends AsyncDisposable {
  readonly port: number;
  /** Time so far in which the service owed somebody an answer, in ms. Time between the parts of an answer is not counted. */
  readonly busyMs: () => number;
}

/**
 * Puts a proxy before a service. It looks at no bytes, so TLS and any protocol of questions and answers will do.
 * @param target host and port, or the path of a socket
 */
export async function timedService(target: NetConnectOpts): Promise<TimedService> {
  let busy = 0;
  let since = 0;
  const asking = new Set<Socket>();
  const open = new Set<Socket>();
  const asked = (client: Socket): void => {
    if (asking.size === 0) since = performance.now();
    asking.add(client);
  };
  const answered = (client: Socket): void => {
    if (asking.delete(client) && asking.size === 0) busy += performance.now() - since;
  };
  const server = createServer({ noDelay: true }, (client) => {
    const service = connect(target);
    service.setNoDelay(true);
    for (const socket of [client, service]) open.add(socket.once("close", () => open.delete(socket)));
    client.on("data", (bytes) => {
      asked(client);
      service.write(bytes);
    });
    service.on("data", (bytes) => {
      answered(client);
      client.write(bytes);
    });
    const end = (): void => {
      answered(client);
      client.destroy();
      service.destroy();
    };
    for (const socket of [client, service]) socket.once("close", end).once("error", end);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    busyMs: () => busy + (asking.size === 0 ? 0 : performance.now() - since),
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
