/** Alertmanager's configuration: who is told of what, how often, and what is left out because something else says it already. */
import { INHIBITIONS } from "./inhibitions.ts";

/** How a server's certificate is checked. */
interface Checked {
  /** File of the authority that signed it. Default: those that Alertmanager's image trusts. */
  readonly caFile?: string;
}

/** What the configuration depends on. Every secret is a file, never part of it. */
export interface AlertmanagerSettings {
  /** Where alerts are posted. */
  readonly webhook: { readonly url: string; readonly tokenFile: string; readonly caFile: string };
  /** Where alerts are posted as well; the file holds the address. Default: nowhere. */
  readonly forward?: Checked & { readonly urlFile: string; readonly tokenFile?: string };
  /** Whom alerts are mailed to as well, by a server (`host:port`) that speaks STARTTLS, or TLS at once on port 465. Default: nobody. */
  readonly email?: Checked & { readonly to: string; readonly from: string; readonly smarthost: string; readonly login?: { readonly username: string; readonly passwordFile: string } };
  /** The Slack channel that is told as well; the file holds the incoming webhook's address. Default: none. */
  readonly slack?: Checked & { readonly channel?: string; readonly urlFile: string };
  readonly groupWaitSeconds: number;
  readonly groupIntervalSeconds: number;
}

/** Components of alerts that have a receiver of their own; every other one goes to `default`. */
export const ROUTED_COMPONENTS = ["federation", "deployment", "security", "database", "kas"] as const;

/** Until an alert that still fires is told again, by severity; what has none of these, as warnings. */
const REPEAT = { critical: "1h", warning: "4h" } as const;

/** What a message says, in Alertmanager's templates: each alert with its section of the runbook. */
const TEXT = "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.description }}\n{{ .Annotations.runbook_url }}\n\n{{ end }}";
const SUBJECT = "[{{ .Status }}] {{ .CommonLabels.alertname }} {{ .CommonLabels.instance }}";

const checkedBy = ({ caFile }: Checked) => (caFile === undefined ? {} : { tls_config: { ca_file: caFile } });

/** The configuration file; JSON is YAML. */
export function alertmanagerConfig({ webhook, forward, email, slack, groupWaitSeconds, groupIntervalSeconds }: AlertmanagerSettings): string {
  const http_config = { authorization: { credentials_file: webhook.tokenFile }, tls_config: { ca_file: webhook.caFile } };
  const receiver = (name: string) => ({
    name,
    webhook_configs: [
      { url: webhook.url, send_resolved: true, http_config },
      ...(forward === undefined ? [] : [{ url_file: forward.urlFile, send_resolved: true, http_config: { ...(forward.tokenFile === undefined ? {} : { authorization: { credentials_file: forward.tokenFile } }), ...checkedBy(forward) } }]),
    ],
    ...(email === undefined
      ? {}
      : {
          email_configs: [
            { to: email.to, from: email.from, smarthost: email.smarthost, ...(email.login === undefined ? {} : { auth_username: email.login.username, auth_password_file: email.login.passwordFile }), require_tls: true, ...checkedBy(email), send_resolved: true, headers: { Subject: SUBJECT }, text: TEXT, html: "" },
          ],
        }),
    ...(slack === undefined ? {} : { slack_configs: [{ ...(slack.channel === undefined ? {} : { channel: slack.channel }), api_url_file: slack.urlFile, http_config: checkedBy(slack), send_resolved: true, title: SUBJECT, text: TEXT }] }),
  });
  const urgent = (receiver: string) => ({ receiver, matchers: ['severity="critical"'], repeat_interval: REPEAT.critical });
  return JSON.stringify(
    {
      route: {
        receiver: "default",
        group_by: ["alertname", "instance"],
        group_wait: `${groupWaitSeconds}s`,
        group_interval: `${groupIntervalSeconds}s`,
        repeat_interval: REPEAT.warning,
        routes: [...ROUTED_COMPONENTS.map((component) => ({ receiver: component, matchers: [`component="${component}"`], routes: [urgent(component)] })), urgent("default")],
      },
      receivers: [receiver("default"), ...ROUTED_COMPONENTS.map(receiver)],
      inhibit_rules: [
        // What is told as critical need not be told as a warning as well.
        { source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: ["alertname", "instance", "service"] },
        ...INHIBITIONS.map(({ source, targets, equal }) => ({ source_matchers: [`alertname="${source}"`], target_matchers: targets, equal })),
      ],
    },
    undefined,
    2,
  );
}
