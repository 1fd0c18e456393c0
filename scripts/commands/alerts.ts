import { messageOf, DiveError } from "../errors.ts";
import { ask, readMonitoring } from "../monitoring/access.ts";
import { renderTable } from "../table.ts";

/** An alert as the receiver keeps it. */
interface ReceivedAlert {
  readonly sequence: number;
  readonly receivedAt: string;
  readonly receiver: string;
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Alerts that are shown as the last ones. */
const LAST = 20;

/**
 * `dive alerts`: what fires now, and what arrived last at the stack's own receiver.
 * @returns 1 when an alert fires that is not the dead-man's switch
 */
export async function alerts(stack: string, options: { json?: true }): Promise<number> {
  const access = await readMonitoring(stack);
  const url = `${access.alertReceiverUrl}/alerts`;
  const { firing, unconfirmed, received } = (await ask(access, url).catch((error: unknown) => {
    throw new DiveError(`${url}: ${messageOf(error)}\n./dive --stack ${stack} status shows whether it runs.`, undefined, { cause: error });
  })) as unknown as { firing: ReceivedAlert[]; unconfirmed?: string; received: ReceivedAlert[] };
  if (options.json) process.stdout.write(`${JSON.stringify({ firing, unconfirmed, received }, undefined, 2)}\n`);
  else process.stdout.write(`${[section("Firing", firing), section("Arrived last", received.slice(-LAST).reverse())].join("\n\n")}\n`);
  if (unconfirmed !== undefined) process.stderr.write(`Alertmanager could not be asked, so some of those may be over: ${unconfirmed}\n`);
  return firing.some(({ labels }) => labels["severity"] !== "none") ? 1 : 0;
}

function section(title: string, found: readonly ReceivedAlert[]): string {
  if (found.length === 0) return `${title}: nothing`;
  const rows = found.map(({ receivedAt, status, labels, receiver, annotations }) => [receivedAt, status, labels["alertname"] ?? "", labels["severity"] ?? "", labels["instance"] ?? "", receiver, annotations["summary"] ?? ""]);
  return `${title}:\n${renderTable(["Arrived", "State", "Alert", "Severity", "Instance", "Receiver", "Summary"], rows)}`;
}
