import type { ReceivedAlert } from "../alerts/alert-log.ts";
import type { Firing } from "../routes/alert-routes.ts";

const STYLE = `body { font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .3em .6em; border-bottom: 1px solid #ddd }
.firing { color: #a40000; font-weight: bold } .resolved { color: #00643c }`;

/** The alerts as a page without scripts; what came from outside is escaped. */
export function alertsPage({ firing, unconfirmed }: Firing, all: readonly ReceivedAlert[]): string {
  const received = [...all].reverse();
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="10"><title>DIVE alerts</title><style>${STYLE}</style></head>
<body><main>
<h1>${firing.length === 0 ? "No alert fires" : `${firing.length} alert${firing.length === 1 ? "" : "s"} firing`}</h1>
${unconfirmed === undefined ? "" : `<p>Alertmanager could not be asked, so some may be over: ${escape(unconfirmed)}</p>`}
${firing.length === 0 ? "" : table(firing)}
<h2>Last notifications</h2>
${received.length === 0 ? "<p>None has arrived since this receiver started.</p>" : table(received)}
</main></body>
</html>
`;
}

function table(alerts: readonly ReceivedAlert[]): string {
  const rows = alerts.map(({ status, labels, annotations, receivedAt, receiver }) => {
    const where = ["instance", "service", "source", "target", "circuit"].flatMap((name) => (labels[name] === undefined ? [] : [`${name} ${labels[name]}`])).join(", ");
    const cells = [labels["alertname"] ?? "", labels["severity"] ?? "", where, annotations["summary"] ?? "", receiver, receivedAt].map((text) => `<td>${escape(text)}</td>`);
    return `<tr><td class="${status}">${status}</td>${cells.join("")}</tr>`;
  });
  return `<table><thead><tr><th>State</th><th>Alert</th><th>Severity</th><th>Where</th><th>Summary</th><th>Receiver</th><th>Arrived</th></tr></thead><tbody>${rows.join("\n")}</tbody></table>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
