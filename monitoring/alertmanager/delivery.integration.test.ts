import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import * as pulumi from "@pulumi/pulumi";
import { testAuthority, testServer, type TestServer } from "@dive/common/testing/test-servers";
import { execa } from "execa";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { parseAlertReceivers } from "../../alert-receivers-config.ts";
import { alertTargets } from "../../components/monitoring/alert-targets.ts";
import { filesPath } from "../../components/workload.ts";
import { freePort } from "../../tests/support/redis-server.ts";
import { imageOf } from "../../tests/support/tool-image.ts";
import { alertmanagerConfig } from "./config.ts";

// A real Alertmanager, configured as a stack's configuration says, tells stand-ins on this machine: a mail server, a Slack and a webhook.
const container = `dive-delivery-test-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), "dive-delivery-"));
const authority = testAuthority();
const secrets = { alertWebhookToken: "token-of-the-test", alertSmtpPassword: "password-of-the-test" };

/** What arrived. */
const mails: { from: string; to: string[]; user: string | undefined; secure: boolean; message: string }[] = [];
const posted: { path: string; authorization: string | undefined; body: Record<string, unknown> }[] = [];

const mailServer = new SMTPServer({
  ...mailCertificate(),
  authMethods: ["PLAIN", "LOGIN"],
  onAuth: ({ username, password }, _session, done) => (username === "alerts" && password === secrets.alertSmtpPassword ? done(null, { user: username }) : done(new Error("wrong login"))),
  onData(stream, session, done) {
    const { mailFrom, rcptTo } = session.envelope;
    text(stream).then((message) => {
      mails.push({ from: mailFrom === false ? "" : mailFrom.address, to: rcptTo.map(({ address }) => address), user: session.user as string | undefined, secure: session.secure, message });
      done();
    }, done);
  },
});
let web: TestServer;
let alertmanager = "";
let config = "";

function mailCertificate(): { cert: string; key: string } {
  return authority.issue(["localhost"]);
}

async function take(request: IncomingMessage): Promise<void> {
  posted.push({ path: request.url ?? "", authorization: request.headers.authorization, body: JSON.parse(await text(request)) as Record<string, unknown> });
}

beforeAll(async () => {
  web = await testServer(authority, (request, response) => void take(request).then(() => response.end("ok"), (error: unknown) => response.writeHead(500).end(String(error))));
  await new Promise<void>((resolve) => mailServer.listen(0, "127.0.0.1", () => resolve()));
  const smtpPort = (mailServer.server.address() as AddressInfo).port;
  const checked = { caCertificate: authority.certificate };
  const set = (value: string) => ({ value, encrypted: true });
  const receivers = parseAlertReceivers(
    { webhook: checked, email: { ...checked, to: "duty@dive.example, second@dive.example", from: "alerts@dive.example", smarthost: `localhost:${smtpPort}`, username: "alerts" }, slack: { ...checked, channel: "#dive" } },
    { alertWebhookUrl: set(`${web.base}/duty`), alertWebhookToken: set(secrets.alertWebhookToken), alertSmtpPassword: set(secrets.alertSmtpPassword), alertSlackUrl: set(`${web.base}/slack/secret-path`) },
    (...problem) => expect.fail(String(problem)),
  );
  const targets = alertTargets(receivers);
  chmodSync(folder, 0o755); // mkdtemp makes it 0700, and the server is not root
  const file = (name: string, content: string) => writeFileSync(join(folder, name), content, { mode: 0o644 });
  for (const [name, { content }] of Object.entries(targets.files)) file(name, await valueOf(content));
  file("ca.crt", authority.certificate);
  file("webhook-token", "own");
  const own = { url: `${web.base}/own`, tokenFile: `${filesPath}/webhook-token`, caFile: `${filesPath}/ca.crt` };
  config = alertmanagerConfig({ webhook: own, ...targets.settings, groupWaitSeconds: 1, groupIntervalSeconds: 1 });
  file("alertmanager.yml", config);
  // On the host's network, where the stand-ins are at the loopback address.
  const port = await freePort();
  await execa("docker", ["run", "--detach", "--name", container, "--label=dive.test=delivery", "--network=host", "--volume", `${folder}:${filesPath}:ro`, "--tmpfs=/alertmanager:mode=1777",
    imageOf("alertmanager"), `--config.file=${filesPath}/alertmanager.yml`, "--storage.path=/alertmanager", "--cluster.listen-address=", `--web.listen-address=127.0.0.1:${port}`]);
  alertmanager = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => expect((await fetch(`${alertmanager}/-/ready`)).status).toBe(200), { timeout: 30_000, interval: 200 });
});

afterAll(async () => {
  await execa("docker", ["rm", "--force", container]);
  await web?.[Symbol.asyncDispose]();
  await new Promise<void>((resolve) => mailServer.close(() => resolve()));
  rmSync(folder, { recursive: true, force: true });
});

/** The value of an output that is known. */
function valueOf(content: pulumi.Input<string>): Promise<string> {
  return (pulumi.output(content) as unknown as { promise(): Promise<string> }).promise();
}

const alert = {
  labels: { alertname: "OPADown", severity: "critical", component: "security", instance: "FRA" },
  annotations: { summary: "OPA of FRA does not decide", description: "Nothing is permitted.", runbook_url: "docs/runbook.md#opadown" },
};
async function tell(endsAt?: Date): Promise<void> {
  const answer = await fetch(`${alertmanager}/api/v2/alerts`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify([{ ...alert, ...(endsAt ? { endsAt: endsAt.toISOString() } : {}) }]) });
  expect(answer.status).toBe(200);
}
const arrivals = (word: string) => ({
  mails: mails.filter(({ message }) => message.includes(`[${word}] OPADown FRA`)).length,
  paths: posted.filter(({ body }) => JSON.stringify(body).includes(`[${word}] OPADown FRA`) || body["status"] === word).map(({ path }) => path).sort(),
});

it("is a configuration that amtool takes, and that holds no secret", async () => {
  const { stdout } = await execa("docker", ["exec", container, "amtool", "check-config", `${filesPath}/alertmanager.yml`]);
  expect(stdout).toMatch(/SUCCESS[^]*6 receivers/);
  for (const value of [...Object.values(secrets), "secret-path", `${web.base}/duty`]) expect(config).not.toContain(value);
});

it("mails, tells Slack and posts to the webhook that an alert fires, and that it is over", async () => {
  // A mail to each address is one message to both.
  await tell();
  await expect.poll(() => arrivals("firing"), { timeout: 30_000 }).toEqual({ mails: 1, paths: ["/duty", "/own", "/slack/secret-path"] });
  await tell(new Date());
  await expect.poll(() => arrivals("resolved"), { timeout: 30_000 }).toEqual({ mails: 1, paths: ["/duty", "/own", "/slack/secret-path"] });

  expect(mails[0]).toMatchObject({ from: "alerts@dive.example", to: ["duty@dive.example", "second@dive.example"], user: "alerts", secure: true });
  for (const line of [alert.annotations.summary, alert.annotations.description, alert.annotations.runbook_url]) expect(mails[0]!.message).toContain(line);
  const slack = posted.find(({ path }) => path.startsWith("/slack"))!.body as { channel: string; attachments: { title: string; text: string }[] };
  expect(slack.channel).toBe("#dive");
  expect(slack.attachments[0]).toMatchObject({ title: "[firing] OPADown FRA", text: expect.stringContaining(alert.annotations.runbook_url) });
  expect(posted.find(({ path }) => path === "/duty")).toMatchObject({ authorization: `Bearer ${secrets.alertWebhookToken}`, body: { version: "4", receiver: "security" } });
});
