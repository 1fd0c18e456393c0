/** Alertmanager's configuration: who is told of what, how often, and what is left out because something else says it already. */

/** What the configuration depends on. */
export interface AlertmanagerSettings {
  /** Where alerts are posted. */
  readonly webhook: { readonly url: string; readonly tokenFile: string; readonly caFile: string };
  readonly groupWaitSeconds: number;
  readonly groupIntervalSeconds: number;
}

/** Components of alerts that have a receiver of their own; every other one goes to `default`. */
export const ROUTED_COMPONENTS = ["federation", "deployment", "security", "database", "kas"] as const;

/** Until an alert that still fires is told again, by severity; what has none of these, as warnings. */
const REPEAT = { critical: "1h", warning: "4h" } as const;

/** The configuration file; JSON is YAML. */
export function alertmanagerConfig({ webhook, groupWaitSeconds, groupIntervalSeconds }: AlertmanagerSettings): string {
  const http_config = { authorization: { credentials_file: webhook.tokenFile }, tls_config: { ca_file: webhook.caFile } };
  const receiver = (name: string) => ({ name, webhook_configs: [{ url: webhook.url, send_resolved: true, http_config }] });
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
      ],
    },
    undefined,
    2,
  );
}
