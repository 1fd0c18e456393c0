import { testAuthority } from "@dive/common/testing/test-servers";
import { expect, it } from "vitest";
import { parseAlertReceivers, type AlertSecrets } from "./alert-receivers-config.ts";

const set = (value: string) => ({ value, encrypted: true });
const url = set("https://hooks.example/services/SECRET-WORD");
const mail = { to: "duty@dive.example, second@dive.example", from: "alerts@dive.example", smarthost: "mail.dive.example:587" };
const problemsOf = (raw: unknown, secrets: AlertSecrets = {}): unknown[][] => {
  const problems: unknown[][] = [];
  parseAlertReceivers(raw, secrets, (...problem) => problems.push(problem));
  return problems;
};

it("takes every kind, with what each may leave out", () => {
  const { certificate } = testAuthority();
  expect(problemsOf({})).toEqual([]);
  expect(problemsOf({ webhook: {}, email: mail, slack: {} }, { alertWebhookUrl: url, alertSlackUrl: url })).toEqual([]);
  const all = { webhook: { caCertificate: certificate }, email: { ...mail, username: "alerts", caCertificate: certificate }, slack: { channel: "#dive", caCertificate: certificate } };
  expect(problemsOf(all, { alertWebhookUrl: url, alertWebhookToken: set("token"), alertSmtpPassword: set("word"), alertSlackUrl: url })).toEqual([]);
  expect(parseAlertReceivers({ email: mail }, {}, () => expect.fail()).email).toEqual(mail);
});

it.each<[string, unknown, AlertSecrets, string]>([
  ["no object", [], {}, "monitoring.receivers"],
  ["a kind that there is not", { pager: {} }, {}, "monitoring.receivers.pager"],
  ["a secret among the settings", { slack: { url: url.value } }, { alertSlackUrl: url }, "monitoring.receivers.slack.url"],
  ["a Slack channel without its address", { slack: {} }, {}, "alertSlackUrl"],
  ["an address in clear text", { slack: {} }, { alertSlackUrl: { ...url, encrypted: false } }, "alertSlackUrl"],
  ["an address without TLS", { webhook: {} }, { alertWebhookUrl: set("http://duty.example/SECRET-WORD") }, "alertWebhookUrl"],
  ["a token that no header can hold", { webhook: {} }, { alertWebhookUrl: url, alertWebhookToken: set("SECRET-WORD\n") }, "alertWebhookToken"],
  ["a login without its password", { email: { ...mail, username: "alerts" } }, {}, "alertSmtpPassword"],
  ["a password without its login", { email: mail }, { alertSmtpPassword: set("SECRET-WORD") }, "alertSmtpPassword"],
  ["a secret of what is not configured", {}, { alertSlackUrl: url }, "alertSlackUrl"],
  ["no address to mail to", { email: { ...mail, to: "duty" } }, {}, "monitoring.receivers.email.to"],
  ["a server without a port", { email: { ...mail, smarthost: "mail.dive.example" } }, {}, "monitoring.receivers.email.smarthost"],
  ["a channel that is none", { slack: { channel: "two words" } }, { alertSlackUrl: url }, "monitoring.receivers.slack.channel"],
  ["an authority that is none", { slack: { caCertificate: "-----BEGIN" } }, { alertSlackUrl: url }, "monitoring.receivers.slack.caCertificate"],
])("refuses %s, and tells no secret", (_what, raw, secrets, key) => {
  const problems = problemsOf(raw, secrets);
  expect(problems.map(([name]) => name)).toEqual([key]);
  expect(JSON.stringify(problems)).not.toContain("SECRET-WORD");
});
