/** Who is told of alerts besides the stack's own receiver: `monitoring.receivers` in a stack's configuration, and the secrets beside it. */
import * as pulumi from "@pulumi/pulumi";
import { isCertificateAuthority } from "./partner-config.ts";
import type { ReportProblem } from "./policy-config.ts";

/** The secrets, by their keys in the configuration (`pulumi config set --secret dive:<key>`). */
export const alertSecretNames = ["alertWebhookUrl", "alertWebhookToken", "alertSmtpPassword", "alertSlackUrl"] as const;

/** One of {@link alertSecretNames}. */
export type AlertSecretName = (typeof alertSecretNames)[number];

/** The secrets as they are set: each with whether it is encrypted in the configuration. */
export type AlertSecrets = Readonly<Partial<Record<AlertSecretName, { readonly value: string; readonly encrypted: boolean }>>>;

/** How a server's certificate is checked. */
interface Checked {
  /** PEM of the authority that signed it. Default: the authorities that Alertmanager's image trusts. */
  readonly caCertificate?: string;
}

/** The receivers as configured. */
export interface AlertReceivers {
  /** Alertmanager's webhook payload is posted there as well. */
  readonly webhook?: Checked & { readonly url: pulumi.Output<string>; readonly token?: pulumi.Output<string> };
  /** Mail by a server that speaks STARTTLS, or TLS at once on port 465. */
  readonly email?: Checked & {
    /** Addresses, by commas. */
    readonly to: string;
    readonly from: string;
    /** `host:port`. */
    readonly smarthost: string;
    /** Default: the server wants no login. */
    readonly login?: { readonly username: string; readonly password: pulumi.Output<string> };
  };
  /** A Slack channel, by an incoming webhook. */
  readonly slack?: Checked & { readonly channel?: string; readonly url: pulumi.Output<string> };
}

const keys = { webhook: ["caCertificate"], email: ["to", "from", "smarthost", "username", "caCertificate"], slack: ["channel", "caCertificate"] } as const;
type Kind = keyof typeof keys;
const kinds = Object.keys(keys) as Kind[];
/** In place of what may be a secret. */
const HIDDEN = "[not shown]";

/** Checks receivers and secrets. No secret is told in a problem. */
export function parseAlertReceivers(raw: unknown, secrets: AlertSecrets, report: ReportProblem): AlertReceivers {
  const given = isRecord(raw) ? raw : (report("monitoring.receivers", "must be an object", HIDDEN, "{webhook?, email?, slack?}"), {});
  for (const name of Object.keys(given).filter((name) => !(kinds as readonly string[]).includes(name))) report(`monitoring.receivers.${name}`, "is not a kind of receiver", HIDDEN, kinds.join(", "));
  const used = new Set<AlertSecretName>();

  /** A secret of a receiver; undefined after a report. */
  const secret = (name: AlertSecretName, needed: boolean, allowed: string, fits: (value: string) => boolean): pulumi.Output<string> | undefined => {
    used.add(name);
    const found = secrets[name];
    if (found === undefined) return needed ? void report(name, "is missing", undefined, `${allowed}, by \`pulumi config set --secret dive:${name}\``) : undefined;
    if (!found.encrypted) report(name, "must not stand in the configuration in clear text", HIDDEN, `\`pulumi config set --secret dive:${name}\``);
    if (!fits(found.value)) report(name, "cannot be used", HIDDEN, allowed);
    return pulumi.secret(found.value);
  };
  /** The settings of one kind; undefined where it is not configured. */
  const settings = (kind: Kind): Record<string, unknown> | undefined => {
    const value = given[kind];
    if (value === undefined) return undefined;
    const allowed = `{${keys[kind].map((key) => `${key}?`).join(", ")}}`;
    if (!isRecord(value)) return void report(`monitoring.receivers.${kind}`, "must be an object", HIDDEN, allowed);
    for (const name of Object.keys(value).filter((name) => !(keys[kind] as readonly string[]).includes(name))) report(`monitoring.receivers.${kind}.${name}`, "is not a setting of this receiver; secrets have keys of their own", HIDDEN, `${keys[kind].join(", ")}; secrets: ${alertSecretNames.join(", ")}`);
    if (value["caCertificate"] !== undefined && !isCertificateAuthority(value["caCertificate"])) report(`monitoring.receivers.${kind}.caCertificate`, "must be the certificate of an authority", value["caCertificate"], "one PEM block of a certificate that may sign certificates");
    return value;
  };
  const text = (key: string, value: unknown, pattern: RegExp, allowed: string): string => {
    if (typeof value !== "string" || !pattern.test(value)) report(`monitoring.receivers.${key}`, value === undefined ? "is missing" : "cannot be used", value, allowed);
    return value as string;
  };
  const authority = ({ caCertificate }: Record<string, unknown>): Checked => (caCertificate === undefined ? {} : { caCertificate: caCertificate as string });

  const receivers: { -readonly [K in Kind]?: AlertReceivers[K] } = {};
  const webhook = settings("webhook");
  if (webhook) {
    const url = secret("alertWebhookUrl", true, "an https address", isHttps);
    const token = secret("alertWebhookToken", false, "a bearer token", (value) => /^[\x21-\x7e]+$/.test(value));
    if (url) receivers.webhook = { ...authority(webhook), url, ...(token ? { token } : {}) };
  }
  const email = settings("email");
  if (email) {
    const username = email["username"] === undefined ? undefined : text("email.username", email["username"], /^[^\s]+$/, "the login's name");
    const password = username === undefined ? undefined : secret("alertSmtpPassword", true, "the password of monitoring.receivers.email.username", (value) => value !== "");
    receivers.email = {
      ...authority(email),
      to: text("email.to", email["to"], new RegExp(`^${ADDRESS}(, ?${ADDRESS})*$`), "addresses, by commas"),
      from: text("email.from", email["from"], new RegExp(`^${ADDRESS}$`), "one address"),
      smarthost: text("email.smarthost", email["smarthost"], /^[a-zA-Z0-9.-]+:([1-9]\d{0,4})$/, "<host>:<port> of a server that speaks STARTTLS, or TLS at once on port 465"),
      ...(username !== undefined && password ? { login: { username, password } } : {}),
    };
  }
  const slack = settings("slack");
  if (slack) {
    const url = secret("alertSlackUrl", true, "the https address of an incoming webhook", isHttps);
    const channel = slack["channel"] === undefined ? {} : { channel: text("slack.channel", slack["channel"], /^[#@]?[\w.-]{1,80}$/, "a channel, #<name>") };
    if (url) receivers.slack = { ...authority(slack), ...channel, url };
  }
  for (const name of alertSecretNames) if (secrets[name] !== undefined && !used.has(name)) report(name, "belongs to a receiver that is not configured", HIDDEN, "its receiver below dive:monitoring.receivers (alertSmtpPassword: with email.username)");
  return receivers;
}

const ADDRESS = "[^\\s@<>,]+@[^\\s@<>,]+";

function isHttps(value: string): boolean {
  return URL.canParse(value) && new URL(value).protocol === "https:";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
