import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { Breaker, publishBreakers } from "../breaker/index.ts";
import { MemoryCircuitStore } from "../testing/memory-circuit-store.ts";
import { PersistentCircuitBreaker } from "./breaker.ts";
import { publishCircuits, readSnapshots } from "./publish.ts";

const values = async (registry: Registry) => (await registry.metrics()).split("\n").filter((line) => line.startsWith("dive_v3_circuit_breaker_state")).sort();

test("circuits are published beside the breakers of the process, and have no value while they cannot be read", async () => {
  let now = 0;
  const store = new MemoryCircuitStore(() => now);
  const breaker = new PersistentCircuitBreaker({ key: { name: "federation-link", instance: "FRA" }, store, thresholds: { failures: 1, coolDownMs: 60_000 } });
  await store.read({ name: "federation-link", instance: "DEU" });
  await breaker.execute(() => Promise.reject(Object.assign(new Error("x"), { kind: "unavailable" }))).catch(() => undefined);
  const registry = new Registry();
  const errors: unknown[] = [];
  const lost = new Error("lost");
  let read = () => readSnapshots(store, "federation-link");
  publishCircuits(() => read(), registry, (error) => errors.push(error));
  publishBreakers([new Breaker({ name: "opa", failures: 5, coolDownMs: 1 })], registry);
  const opa = 'dive_v3_circuit_breaker_state{service="opa"} 0';
  const links = (fra: number) => ['dive_v3_circuit_breaker_state{circuit="federation-link",instance="DEU"} 0', `dive_v3_circuit_breaker_state{circuit="federation-link",instance="FRA"} ${fra}`, opa];
  expect(await values(registry)).toEqual(links(2));
  now = 60_000;
  expect(await values(registry)).toEqual(links(1));
  await breaker.reset();
  expect(await values(registry)).toEqual(links(0));
  read = () => Promise.reject(lost);
  expect(await values(registry)).toEqual([opa]);
  expect(errors).toEqual([lost]);
});
