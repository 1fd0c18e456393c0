import { expect, it } from "vitest";
import { alertmanagerConfig, ROUTED_COMPONENTS } from "./config.ts";

interface Route {
  readonly receiver: string;
  readonly matchers?: readonly string[];
  readonly repeat_interval?: string;
  readonly routes?: readonly Route[];
}

const config = JSON.parse(alertmanagerConfig({ webhook: { url: "https://receiver:9095/alerts", tokenFile: "/run/dive/webhook-token", caFile: "/run/dive/ca.crt" }, groupWaitSeconds: 30, groupIntervalSeconds: 300 })) as {
  route: Route; receivers: { name: string; webhook_configs: { send_resolved: boolean; http_config: object }[] }[];
};

/** What Alertmanager does with equality matchers: the deepest route that fits, with what it inherits. */
function routed(labels: Record<string, string>, route: Route = config.route, repeat?: string): [receiver: string, repeat: string | undefined] {
  const own = route.repeat_interval ?? repeat;
  const fits = ({ matchers = [] }: Route) => matchers.every((matcher) => Object.entries(labels).some(([name, value]) => matcher === `${name}="${value}"`));
  const next = route.routes?.find(fits);
  return next === undefined ? [route.receiver, own] : routed(labels, next, own);
}

it.each([...ROUTED_COMPONENTS, "monitoring", "something new"])("tells of %s, critical every hour and warnings every four", (component) => {
  const receiver = (ROUTED_COMPONENTS as readonly string[]).includes(component) ? component : "default";
  expect(routed({ component, severity: "critical" })).toEqual([receiver, "1h"]);
  expect(routed({ component, severity: "warning" })).toEqual([receiver, "4h"]);
});

it("has every receiver that a route names, each of which is told the end as well, over verified TLS", () => {
  expect(config.receivers.map(({ name }) => name).sort()).toEqual(["default", ...ROUTED_COMPONENTS].sort());
  for (const { webhook_configs } of config.receivers) expect(webhook_configs).toEqual([expect.objectContaining({ send_resolved: true, http_config: { authorization: { credentials_file: "/run/dive/webhook-token" }, tls_config: { ca_file: "/run/dive/ca.crt" } } })]);
});

it("tells by another webhook, e-mail and Slack as well where they are configured, and holds no secret", () => {
  const everything = alertmanagerConfig({
    webhook: { url: "https://receiver:9095/alerts", tokenFile: "/run/dive/webhook-token", caFile: "/run/dive/ca.crt" },
    email: { to: "duty@dive.invalid", from: "alerts@dive.invalid", smarthost: "mail.dive.invalid:587", login: { username: "alerts", passwordFile: "/run/dive/smtp-password" } },
    forward: { urlFile: "/run/dive/forward-url", tokenFile: "/run/dive/token", caFile: "/run/dive/ca.crt" },
    slack: { channel: "#dive", urlFile: "/run/dive/slack-url" },
    groupWaitSeconds: 30,
    groupIntervalSeconds: 300,
  });
  const { receivers } = JSON.parse(everything) as { receivers: { webhook_configs: object[]; email_configs: object[]; slack_configs: object[] }[] };
  for (const { webhook_configs, email_configs, slack_configs } of receivers) {
    expect(webhook_configs[1]).toEqual({ url_file: "/run/dive/forward-url", send_resolved: true, http_config: { authorization: { credentials_file: "/run/dive/token" }, tls_config: { ca_file: "/run/dive/ca.crt" } } });
    expect(email_configs).toEqual([expect.objectContaining({ auth_password_file: "/run/dive/smtp-password", require_tls: true, send_resolved: true })]);
    expect(slack_configs).toEqual([expect.objectContaining({ api_url_file: "/run/dive/slack-url", send_resolved: true })]);
  }
  expect(everything).not.toMatch(/"(auth_password|auth_secret|api_url|credentials|password)"/);
});
