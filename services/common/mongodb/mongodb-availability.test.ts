import { EventEmitter } from "node:events";
import type { MongoClient } from "mongodb";
import { expect, it, vi } from "vitest";
import { watchAvailability } from "./mongodb-availability.ts";

it("logs each change once, knows the last failure, and is silent while closing", () => {
  const client = new EventEmitter();
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const closing = new AbortController();
  const { lastFailure } = watchAvailability(client as unknown as MongoClient, logger, closing.signal);
  const change = (type: string, error: Error | null = null) =>
    client.emit("topologyDescriptionChanged", { newDescription: { servers: new Map([["a:27017", { type, error }]]) } });

  change("Unknown");
  expect(lastFailure()).toBeUndefined();
  change("Unknown", new Error("connect ECONNREFUSED"));
  expect(lastFailure()).toBe("connect ECONNREFUSED");
  change("Standalone");
  change("Standalone");
  expect(lastFailure()).toBeUndefined();
  change("Unknown", new Error("socket hang up"));
  closing.abort();
  change("Standalone");

  expect(logger.info.mock.calls).toEqual([[{ component: "mongodb", event: "connected" }, "connected"]]);
  expect(logger.warn.mock.calls).toEqual([[{ component: "mongodb", event: "disconnected", error: "socket hang up" }, "disconnected"]]);
});
