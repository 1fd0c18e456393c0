/** What Alertmanager needs to tell the configured receivers: their settings, and every secret as a file. */
import type { AlertReceivers } from "../../alert-receivers-config.ts";
import type { AlertmanagerSettings } from "../../monitoring/alertmanager/config.ts";
import { filesPath, type WorkloadFile } from "../workload.ts";

/** The part of Alertmanager's settings that follows from the receivers, and the files that it names. */
export interface AlertTargets {
  readonly settings: Pick<AlertmanagerSettings, "forward" | "email" | "slack">;
  readonly files: Readonly<Record<string, WorkloadFile>>;
}

/** Derives both; the stack's own receiver is not among them. */
export function alertTargets({ webhook, email, slack }: AlertReceivers): AlertTargets {
  const files: Record<string, WorkloadFile> = {};
  const file = (name: string, content: WorkloadFile["content"], mode?: "0644"): string => {
    files[name] = { content, ...(mode === undefined ? {} : { mode }) };
    return `${filesPath}/${name}`;
  };
  const authority = (name: string, { caCertificate }: { readonly caCertificate?: string }) => (caCertificate === undefined ? {} : { caFile: file(`${name}-ca.crt`, caCertificate, "0644") });
  const settings: AlertTargets["settings"] = {
    ...(webhook && { forward: { urlFile: file("forward-url", webhook.url), ...(webhook.token ? { tokenFile: file("forward-token", webhook.token) } : {}), ...authority("forward", webhook) } }),
    ...(email && {
      email: {
        to: email.to, from: email.from, smarthost: email.smarthost,
        ...(email.login ? { login: { username: email.login.username, passwordFile: file("smtp-password", email.login.password) } } : {}),
        ...authority("smtp", email),
      },
    }),
    ...(slack && { slack: { ...(slack.channel === undefined ? {} : { channel: slack.channel }), urlFile: file("slack-url", slack.url), ...authority("slack", slack) } }),
  };
  return { settings, files };
}
