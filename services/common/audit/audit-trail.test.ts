import { describe, expect, it, vi } from "vitest";
import { AuditUnavailableError, createAuditTrail } from "./index.ts";

const named = (name: string, more: object = {}) => Object.assign(new Error(name), { name }, more);
const trail = (insertMany: (documents: readonly unknown[]) => Promise<unknown>) =>
  createAuditTrail<{ readonly what: string }>({ collection: () => ({ insertMany }), firstDelayMs: 1, clock: { now: () => 1_800_000_000_000 } });

describe("an audit trail", () => {
  it("stamps each record and resolves when all are written", async () => {
    const insertMany = vi.fn(async (_documents: readonly unknown[]) => ({}));
    await trail(insertMany).record({ what: "a" }, { what: "b" });
    expect(insertMany).toHaveBeenCalledTimes(1);
    expect(insertMany.mock.calls[0]?.[0]).toEqual(["a", "b"].map((what) => ({ what, _id: expect.stringMatching(/^[0-9a-f-]{36}$/), time: new Date(1_800_000_000_000) })));
    await trail(insertMany).record();
    expect(insertMany).toHaveBeenCalledTimes(1);
  });

  it("repeats a write whose connection broke with the same ids, and takes a duplicate for written", async () => {
    const insertMany = vi.fn()
      .mockRejectedValueOnce(named("MongoNetworkError"))
      .mockRejectedValueOnce(named("MongoBulkWriteError", { code: 11_000, writeErrors: [{ code: 11_000 }] }));
    await trail(insertMany).record({ what: "a" });
    const ids = insertMany.mock.calls.map(([documents]) => (documents as { _id: string }[])[0]?._id);
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
  });

  it.each([
    ["that cannot be written", named("MongoServerError", { code: 13 }), 1],
    ["of which one is missing", named("MongoBulkWriteError", { code: 11_000, writeErrors: [{ code: 11_000 }, { code: 121 }] }), 1],
    ["that most members of the database have not acknowledged", named("MongoBulkWriteError", { code: 64, writeErrors: [] }), 1],
    ["that is there already, and is not acknowledged", named("MongoBulkWriteError", { code: 11_000, writeErrors: [{ code: 11_000, index: 0 }], result: { getWriteConcernError: () => ({ code: 64 }) } }), 1],
    ["whose connection stays broken", named("MongoServerSelectionError"), 3],
  ])("fails with 503 on a record %s", async (_what, error, calls) => {
    const insertMany = vi.fn().mockRejectedValue(error);
    const recording = trail(insertMany).record({ what: "a" });
    await expect(recording).rejects.toBeInstanceOf(AuditUnavailableError);
    await expect(recording).rejects.toMatchObject({ statusCode: 503, headers: { "retry-after": "5" }, cause: error });
    expect(insertMany).toHaveBeenCalledTimes(calls);
  });

  it("writes what comes meanwhile together, and fails only whose record was not written", async () => {
    let end = () => undefined as void;
    const insertMany = vi.fn(async (_documents: readonly unknown[]): Promise<unknown> => ({}));
    const held = () => new Promise<unknown>((resolve) => (end = () => resolve({})));
    insertMany.mockImplementationOnce(held).mockImplementationOnce(held);
    const records = trail(insertMany);
    const first = [records.record({ what: "a" }), records.record({ what: "b" })];
    insertMany.mockRejectedValueOnce(named("MongoBulkWriteError", { code: 121, writeErrors: [{ code: 121, index: 1 }], result: { getWriteConcernError: () => null } }));
    const [good, bad] = [records.record({ what: "c" }), records.record({ what: "d" })];
    const refused = expect(bad).rejects.toBeInstanceOf(AuditUnavailableError);
    await vi.waitFor(() => expect(insertMany).toHaveBeenCalledTimes(2));
    end();
    await first[1];
    await Promise.all([good, refused]);
    expect(insertMany.mock.calls[2]![0]).toMatchObject([{ what: "c" }, { what: "d" }]);
    expect(records.breaker.state).toBe("CLOSED");
  });

  it("stops asking after failures in a row", async () => {
    const insertMany = vi.fn().mockRejectedValue(named("MongoServerError"));
    const records = trail(insertMany);
    for (let n = 0; n < 6; n++) await expect(records.record({ what: "a" })).rejects.toBeInstanceOf(AuditUnavailableError);
    expect(insertMany).toHaveBeenCalledTimes(5);
    expect(records.breaker.state).toBe("OPEN");
  });
});
