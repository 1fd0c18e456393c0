import { expect, it } from "vitest";
import { TransferPlaces, TransfersBusyError, TransfersOfPersonError } from "./transfer-places.ts";

/** What is due has happened. */
const soon = () => new Promise(setImmediate);
const state = (taking: Promise<unknown>) => Promise.race([taking.then(() => "taken"), soon().then(() => "waits")]);

it("gives each place to one transfer at a time, in the order in which they came", async () => {
  const places = new TransferPlaces({ places: 2 });
  const [first, second, third, fourth] = ["a", "b", "c", "d"].map((person) => places.take(person)) as [Promise<() => void>, ...Promise<() => void>[]];
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
  const end = await places.take("a");
  const second = places.take("b");
  await expect(places.take("c")).rejects.toBeInstanceOf(TransfersBusyError);
  await expect(second).rejects.toMatchObject({ code: "DIVE_ERR_TRANSFERS_BUSY", statusCode: 503, headers: { "retry-after": "5" } });
  end();
  await soon();
  expect(await state(places.take("d"))).toBe("taken");
});

it("lets others wait in the place of who has waited for too long, and counts that one no more", async () => {
  const places = new TransferPlaces({ places: 1, waiting: 1, perPerson: 1, patienceMs: 50 });
  const end = await places.take("a");
  await expect(places.take("b")).rejects.toBeInstanceOf(TransfersBusyError);
  const again = places.take("b");
  expect(await state(again)).toBe("waits");
  end();
  (await again)();
});

it("takes the place of nobody whose transfer lasts longer than others wait", async () => {
  const places = new TransferPlaces({ places: 1, perPerson: 1, patienceMs: 20 });
  const end = await places.take("a");
  await expect(places.take("b")).rejects.toBeInstanceOf(TransfersBusyError);
  await expect(places.take("a")).rejects.toBeInstanceOf(TransfersOfPersonError);
  await expect(places.take("b")).rejects.toBeInstanceOf(TransfersBusyError);
  end();
  await soon();
  expect(await state(places.take("b"))).toBe("taken");
});

it("leaves places for others, whatever one person asks for", async () => {
  const places = new TransferPlaces({ places: 3, perPerson: 2 });
  const [end] = [await places.take("a"), await places.take("a")];
  await expect(places.take("a")).rejects.toMatchObject({ code: "DIVE_ERR_TRANSFERS_OF_PERSON", statusCode: 429 });
  await expect(places.take("a")).rejects.toBeInstanceOf(TransfersOfPersonError);
  expect(await state(places.take("b"))).toBe("taken");
  end();
  await soon();
  expect(await state(places.take("a"))).toBe("taken");
});
