import { type AddressInfo, type NetConnectOpts, type Socket, connect, createServer } from "node:net";
import { once } from "node:events";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

/** A proxy before a service that measures how long the service takes, on 127.0.0.1. */
export interface TimedService extends AsyncDisposable {
  readonly port: number;
  /** Time so far in which the service owed somebody an answer, in ms. Time between the parts of an answer is not counted. */
  busyMs(): Promise<number>;
}

/**
 * Puts a proxy before a service. It looks at no bytes, so TLS and any protocol of questions and answers will do. It runs in a thread of
 * its own: in the caller's, each would wait for the other.
 * @param target host and port, or the path of a socket
 */
export async function timedService(target: NetConnectOpts): Promise<TimedService> {
  const worker = new Worker(new URL(import.meta.url), { workerData: target });
  const [port] = (await once(worker, "message")) as [number];
  return {
    port,
    async busyMs() {
      worker.postMessage("busy");
      const [busy] = (await once(worker, "message")) as [number];
      return busy;
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

/** The thread: listens, tells its port, and then the busy time whenever it is asked. */
async function serve(target: NetConnectOpts): Promise<void> {
  let busy = 0;
  let since = 0;
  const asking = new Set<Socket>();
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
  parentPort!.on("message", () => parentPort!.postMessage(busy + (asking.size === 0 ? 0 : performance.now() - since)));
  parentPort!.postMessage((server.address() as AddressInfo).port);
}

if (!isMainThread && workerData !== null) await serve(workerData as NetConnectOpts);
