import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { testAuthority } from "../testing/test-servers.ts";
import { createRedisConnection } from "./redis-client.ts";

const logger = { info: () => undefined, warn: () => undefined } as never;

/** The commands of a connection, by name; each is answered as by a Redis that has no HELLO and lets everybody in. */
function answering(socket: TLSSocket): string[] {
  const commands: string[] = [];
  const answers: Record<string, string> = { hello: "-ERR unknown command 'HELLO'\r\n", auth: "+OK\r\n", subscribe: "*3\r\n$9\r\nsubscribe\r\n$5\r\nnews1\r\n:1\r\n" };
  socket.setEncoding("latin1").on("data", (data: string) => {
    for (const [, name] of data.matchAll(/\*\d+\r\n\$\d+\r\n([a-z]+)\r\n/gi)) {
      commands.push(name!.toLowerCase());
      socket.write(answers[name!.toLowerCase()] ?? "-ERR unknown command\r\n");
    }
  });
  socket.on("error", () => undefined); // it is cut off on purpose
  return commands;
}

test("after a reconnect nothing is subscribed but by who asks for it: nobody would hear that it failed, and Node would end", async () => {
  const authority = testAuthority();
  const server = createServer(authority.issue(["localhost"])).listen(0, "127.0.0.1");
  await once(server, "listening");
  const connection = createRedisConnection({
    name: "redis", url: `rediss://localhost:${(server.address() as AddressInfo).port}`, password: "of-the-test", ca: [authority.certificate], logger,
  });
  onTestFinished(async () => {
    await connection.close();
    server.close();
  });
  const accepted = async () => {
    const [socket] = (await once(server, "secureConnection")) as [TLSSocket];
    return { socket, commands: answering(socket) };
  };

  const first = accepted();
  connection.start();
  const { socket, commands } = await first;
  await once(connection.client, "ready");
  await connection.client.subscribe("news1");
  expect(commands.at(-1)).toBe("subscribe");

  const second = accepted();
  socket.destroy();
  const again = await second;
  await once(connection.client, "ready");
  await connection.client.subscribe("news1");
  expect(again.commands.filter((name) => name === "subscribe")).toHaveLength(1);
});
