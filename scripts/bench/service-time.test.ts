import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { timedService } from "./service-time.ts";

it("counts the time that the service takes, and not the time between questions", async () => {
  const slow = createServer((socket) => socket.on("data", async (bytes) => {
    await delay(60);
    socket.write(bytes);
  })).listen(0, "127.0.0.1");
  await once(slow, "listening");
  await using service = await timedService({ host: "127.0.0.1", port: (slow.address() as AddressInfo).port });
  const client = connect(service.port, "127.0.0.1");
  for (let question = 0; question < 2; question++) {
    client.write("?");
    await once(client, "data");
    await delay(100);
  }
  const busy = await service.busyMs();
  expect(busy).toBeGreaterThanOrEqual(118); // timers may be a millisecond early
  expect(busy).toBeLessThan(200);
  client.destroy();
  slow.close();
});
