import { pulumi } from "../support/dive.ts";
import { REQUEST_LIMIT_MS } from "../support/trust.ts";

/** Output `monitoringAccess` of a stack whose pages are on the loopback address. */
export interface MonitoringAccess {
  readonly prometheusUrl: string;
  readonly alertmanagerUrl: string;
  readonly alertReceiverUrl: string;
}

/** Reads it. @throws when the stack has no monitoring */
export async function monitoringAccess(stack: string): Promise<MonitoringAccess> {
  const { stdout } = await pulumi(stack, ["stack", "output", "monitoringAccess", "--json", "--show-secrets"]);
  return JSON.parse(stdout) as MonitoringAccess;
}

/** One series of an instant query. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Selects alerts that judge the moment. Burn rates look back for hours, and so at faults that earlier tests made. */
export const BRIEF = 'alertname!~".*BudgetBurn.*", alertstate="firing"';

/** An instant query. A scalar is one sample without labels. @throws when Prometheus refuses it */
export async function query({ prometheusUrl }: MonitoringAccess, expression: string): Promise<Sample[]> {
  type Answer = { status: string; error?: string; data?: { resultType: "vector" | "scalar" | "matrix" | "string"; result: unknown } };
  const response = await fetch(`${prometheusUrl}/api/v1/query`, { method: "POST", body: new URLSearchParams({ query: expression }), signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  const { data, error } = (await response.json()) as Answer;
  if (data === undefined) throw new Error(`${expression}: ${error}`);
  if (data.resultType === "scalar") return [{ metric: {}, value: Number((data.result as [number, string])[1]) }];
  return (data.result as { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[]).map(({ metric, value, values }) => ({ metric, value: Number((value ?? values!.at(-1)!)[1]) }));
}

/** A range query that ends now. @param seconds how far it goes back @throws when Prometheus refuses it */
export async function queryRange({ prometheusUrl }: MonitoringAccess, expression: string, seconds: number): Promise<{ metric: Record<string, string>; values: [number, number][] }[]> {
  const end = Date.now() / 1_000;
  const body = new URLSearchParams({ query: expression, start: `${end - seconds}`, end: `${end}`, step: `${seconds / 60}` });
  const response = await fetch(`${prometheusUrl}/api/v1/query_range`, { method: "POST", body, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  const { data, error } = (await response.json()) as { data?: { result: { metric: Record<string, string>; values: [number, string][] }[] }; error?: string };
  if (data === undefined) throw new Error(`${expression}: ${error}`);
  return data.result.map(({ metric, values }) => ({ metric, values: values.map(([time, value]) => [time, Number(value)]) }));
}

/** When each group of rules was last evaluated, in milliseconds since 1970. */
export async function evaluations({ prometheusUrl }: MonitoringAccess): Promise<number[]> {
  const response = await fetch(`${prometheusUrl}/api/v1/rules`, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  const { data } = (await response.json()) as { data: { groups: { lastEvaluation: string }[] } };
  return data.groups.map(({ lastEvaluation }) => Date.parse(lastEvaluation));
}

/** An alert as the receiver keeps it. */
export interface Received {
  readonly sequence: number;
  readonly status: "firing" | "resolved";
  readonly receiver: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What has arrived at the receiver since a sequence. `fetch` must trust the CA. */
export async function received({ alertReceiverUrl }: MonitoringAccess, after = 0): Promise<Received[]> {
  const response = await fetch(`${alertReceiverUrl}/alerts?after=${after}`, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  if (response.status !== 200) throw new Error(`${response.url} answered ${response.status}`);
  return ((await response.json()) as { received: Received[] }).received;
}
