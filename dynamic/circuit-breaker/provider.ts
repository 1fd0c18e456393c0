import type * as pulumi from "@pulumi/pulumi";
import { isGone, loginRules, withConnection, type DatabaseLogin } from "../orchestration-schema/connection.ts";
import { isUnknown } from "../verification.ts";

/** The inputs as the engine sends them; they are the outputs, too. */
export interface CircuitBreakerInputs extends DatabaseLogin {
  readonly circuit: string;
  readonly instance: string;
  readonly failures: number;
  readonly coolDownMs: number;
  readonly version: number;
}

/** What makes another circuit. */
const IDENTITY = ["circuit", "instance"] as const satisfies readonly (keyof CircuitBreakerInputs)[];
/** What is written, and the way to the database. */
const CHANGEABLE = ["version", "failures", "coolDownMs", "host", "port", "database", "username", "password", "caCertificate"] as const satisfies readonly (keyof CircuitBreakerInputs)[];

/** Seconds until connecting is given up: the database was there a moment ago. */
const CONNECT_SECONDS = 30;

/** The dynamic provider of CircuitBreaker. */
export const provider: Required<Omit<pulumi.dynamic.ResourceProvider<CircuitBreakerInputs, CircuitBreakerInputs>, "configure">> = {
  check: async (_olds, news) => ({ inputs: news, failures: isUnknown(news) ? [] : failuresOf(news) }),

  diff: async (_id, olds, news) => {
    const replaces = IDENTITY.filter((name) => olds[name] !== news[name]);
    return { changes: replaces.length > 0 || CHANGEABLE.some((name) => olds[name] !== news[name]), replaces, deleteBeforeReplace: true };
  },

  create: async (inputs) => {
    await declare(inputs);
    return { id: `${inputs.circuit}/${inputs.instance}`, outs: inputs };
  },

  // An answer without an id tells the engine that the row is gone.
  read: async (id, props) => {
    const { circuit, instance } = props!;
    try {
      const { rows } = await withConnection(props!, 0, (client) =>
        client.query<Pick<CircuitBreakerInputs, "failures" | "coolDownMs">>(
          `SELECT failure_threshold AS failures, cool_down_ms AS "coolDownMs" FROM orchestration.circuit_breaker_state WHERE circuit = $1 AND instance = $2`,
          [circuit, instance],
        ));
      return rows[0] === undefined ? {} : { id, props: { ...props!, ...rows[0] } };
    } catch (error) {
      if (isGone(error)) return {};
      throw error;
    }
  },

  update: async (_id, _olds, news) => {
    await declare(news);
    return { outs: news };
  },

  delete: async (_id, { circuit, instance, ...login }) => {
    try {
      await withConnection(login, CONNECT_SECONDS, (client) => client.query("DELETE FROM orchestration.circuit_breaker_state WHERE circuit = $1 AND instance = $2", [circuit, instance]));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  },
};

/** A breaker may have made the row before, with its own thresholds; what it has counted stays. */
async function declare(inputs: CircuitBreakerInputs): Promise<void> {
  const { circuit, instance, failures, coolDownMs } = inputs;
  await withConnection(inputs, CONNECT_SECONDS, (client) =>
    client.query(
      `INSERT INTO orchestration.circuit_breaker_state (circuit, instance, failure_threshold, cool_down_ms) VALUES ($1, $2, $3, $4)
       ON CONFLICT (circuit, instance) DO UPDATE SET failure_threshold = EXCLUDED.failure_threshold, cool_down_ms = EXCLUDED.cool_down_ms`,
      [circuit, instance, failures, coolDownMs],
    ));
}

function failuresOf(inputs: CircuitBreakerInputs): pulumi.dynamic.CheckFailure[] {
  const { failures } = loginRules(inputs).integer("failures", inputs.failures, 1, 1000).integer("coolDownMs", inputs.coolDownMs, 1, 86_400_000);
  const { circuit, instance } = inputs;
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(circuit ?? "")) failures.push({ property: "circuit", reason: `must be lower case words joined by hyphens, got ${JSON.stringify(circuit)}` });
  if (!/^[A-Z]{3}$/.test(instance ?? "")) failures.push({ property: "instance", reason: `must be a code of three capital letters, got ${JSON.stringify(instance)}` });
  return failures;
}
