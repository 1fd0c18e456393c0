import { containerOf, runInService } from "../../tests/support/containers.ts";

/** What {@link benchInBackend} measured; times in ms unless said otherwise. */
export interface InBackendFigures {
  readonly decision: Percentiles;
  readonly bare: Percentiles;
  /** Time that the breaker itself adds to a call, µs. */
  readonly breakerUs: number;
}

/** Times in ms. */
export interface Percentiles {
  readonly calls: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

const DECISIONS = 1_000;
/** Of each kind, before any is measured. */
const WARM_UP = 300;
const BARE_CALLS = 200_000;

/**
 * Measures OPA from where the backend asks it: in its container, by its own client, over mTLS. Decisions through the breaker and bare calls of the
 * same take turns, so that both see the same machine.
 * @param input the policy's input, as the backend sends it
 */
export async function benchInBackend(stack: string, instance: string, input: object): Promise<InBackendFigures> {
  return runInService(await containerOf(stack, instance, "backend"), `
    import { createClientAgent, splitCertificates } from "@dive/common";
    import { Breaker, BREAKER_LIMITS } from "@dive/common/breaker";
    import { createOpaClient } from "@dive/common/opa";
    const agent = createClientAgent({ ca: splitCertificates(secret("CA")), client: { cert: secret("CLIENT_CERT"), key: secret("CLIENT_KEY") } });
    const opa = createOpaClient(process.env.OPA_URL, agent);
    // The same client with a breaker that is none.
    const none = createOpaClient(process.env.OPA_URL, agent, { breaker: { execute: (work, signal) => work(signal) } });
    const input = ${JSON.stringify(input)};
    const times = { decision: [], bare: [] };
    for (let n = 0; n < ${DECISIONS} + ${WARM_UP}; n++) {
      for (const [name, client] of [["decision", opa], ["bare", none]]) {
        const began = performance.now();
        const { allow, reason } = await client.decide(input);
        if (!allow) throw new Error("denied: " + reason);
        if (n >= ${WARM_UP}) times[name].push(performance.now() - began);
      }
    }
    const breaker = new Breaker({ name: "bench", ...BREAKER_LIMITS.opa });
    const nothing = async () => undefined;
    const took = async (call) => {
      const began = performance.now();
      for (let n = 0; n < ${BARE_CALLS}; n++) await call();
      return performance.now() - began;
    };
    await took(() => breaker.execute(nothing));
    const breakerUs = ((await took(() => breaker.execute(nothing))) - (await took(nothing))) * 1_000 / ${BARE_CALLS};
    const percentiles = (all) => {
      const sorted = all.sort((a, b) => a - b);
      const at = (share) => sorted[Math.ceil(share * sorted.length) - 1];
      return { calls: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
    };
    process.stdout.write(JSON.stringify({ decision: percentiles(times.decision), bare: percentiles(times.bare), breakerUs }));
    await agent.destroy();
  `);
}
