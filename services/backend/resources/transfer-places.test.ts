import { EventEmitter, once } from "node:events";
import { type AddressInfo } from "node:net";
import { createServer, get } from "node:http";
import { expect, it } from "vitest";
import { TransferAbandonedError, TransferPlaces, TransfersBusyError, TransfersOfPersonError } from "./transfer-places.ts";

/** The answer to somebody who stays connected. */
const stays = Object.assign(new EventEmitter().setMaxListeners(0), { destroyed: false });

/** What is due has happened. */
const soon = () => new Promise(setImmediate);
const state = (taking: Promise<unknown>) => Promise.race([taking.then(() => "taken"), soon().then(() => "waits")]);

it("gives each place to one transfer at a time, in the order in which they came", async () => {
  const places = new TransferPlaces({ places: 2 });
  const [first, second, third, fourth] = ["a", "b", "c", "d"].map((person) => places.take(person, stays)) as [Promise<() => void>, ...Promise<() => void>[]];
  expect(await Promise.all([first, second, third, fourth].map((taking) => state(taking!)))).toEqual(["taken", "taken", "waits", "waits"]);
  const end = await first;
  end();
  end();
  expect([await state(third!), await state(fourth!)]).toEqual(["taken", "waits"]);
  (await second!)();
  expect(await state(fourth!)).toBe("taken");
});

it("refuses who would wait behind too many, and who has waited for too long", async () => {
  const places = new TransferPlaces({ places: 1, waiting: 1, patienceMs: 50 });
  const end = await places.take("a", stays);
  const second = places.take("b", stays);
  await expect(places.take("c", stays)).rejects.toBeInstanceOf(TransfersBusyError);
  await expect(second).rejects.toMatchObject({ code: "DIVE_ERR_TRANSFERS_BUSY", statusCode: 503, headers: { "retry-after": "5" } });
  end();
  await soon();
  expect(await state(places.take("d", stays))).toBe("taken");
});

it("lets others wait in the place of who has waited for too long, and counts that one no more", async () => {
  const places = new TransferPlaces({ places: 1, waiting: 1, perPerson: 1, patienceMs: 50 });
  const end = await places.take("a", stays);
  await expect(places.take("b", stays)).rejects.toBeInstanceOf(TransfersBusyError);
  const again = places.take("b", stays);
  expect(await state(again)).toBe("waits");
  end();
  (await again)();
});

it("takes the place of nobody whose transfer lasts longer than others wait", async () => {
  const places = new TransferPlaces({ places: 1, perPerson: 1, patienceMs: 20 });
  const end = await places.take("a", stays);
  await expect(places.take("b", stays)).rejects.toBeInstanceOf(TransfersBusyError);
  await expect(places.take("a", stays)).rejects.toBeInstanceOf(TransfersOfPersonError);
  await expect(places.take("b", stays)).rejects.toBeInstanceOf(TransfersBusyError);
  end();
  await soon();
  expect(await state(places.take("b", stays))).toBe("taken");
});

it("leaves places for others, whatever one person asks for", async () => {
  const places = new TransferPlaces({ places: 3, perPerson: 2 });
  const [end] = [await places.take("a", stays), await places.take("a", stays)];
  await expect(places.take("a", stays)).rejects.toMatchObject({ code: "DIVE_ERR_TRANSFERS_OF_PERSON", statusCode: 429 });
  await expect(places.take("a", stays)).rejects.toBeInstanceOf(TransfersOfPersonError);
  expect(await state(places.take("b", stays))).toBe("taken");
  end();
  await soon();
  expect(await state(places.take("a", stays))).toBe("taken");
});

it("lets go of who closes the connection while waiting, and of nobody who already transfers", async () => {
  const places = new TransferPlaces({ places: 1, waiting: 1, perPerson: 1 });
  const taken: Promise<() => void>[] = [];
  const server = createServer((_request, answer) => {
    taken.push(places.take("b", answer));
    taken.at(-1)!.catch(() => undefined);
    server.emit("asked");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const ask = async () => {
    const asked = once(server, "asked");
    const request = get({ port: (server.address() as AddressInfo).port, agent: false }).on("error", () => undefined);
    await asked;
    return request;
  };
  try {
    const end = await places.take("a", stays);
    const left = await ask();
    expect(await state(taken[0]!)).toBe("waits");
    left.destroy();
    await expect(taken[0]).rejects.toBeInstanceOf(TransferAbandonedError);
    // The place in the queue, and the one that the person may have, are free again.
    const transferring = await ask();
    end();
    const endOfSecond = await taken[1]!;
    transferring.destroy();
    expect(await state(places.take("c", stays))).toBe("waits");
    endOfSecond();
    await expect(places.take("d", Object.assign(new EventEmitter(), { destroyed: true }))).rejects.toBeInstanceOf(TransferAbandonedError);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
