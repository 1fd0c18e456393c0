import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { testAuthority } from "@dive/common/testing/test-servers";
import { imageOf } from "../../tests/support/tool-image.ts";
import { alertmanagerConfig } from "./config.ts";
import { INHIBITIONS } from "./inhibitions.ts";

// By a real Alertmanager and its amtool, in one container.

/** Every alert with its severity, and who is told. */
const ROUTES = `
  SpokeDeploymentFailed critical deployment
  DeploymentInterrupted warning deployment
  DeploymentDurationHigh warning deployment
  StateTransitionFailures warning deployment
  HubNotReady critical deployment
  DIVEContainerUnhealthy warning deployment
  ContainerMemoryHigh warning deployment
  FederationLinkDown critical federation
  FederationVerificationFailing critical federation
  IdPNotConfigured warning federation
  FederationLatencyHigh warning federation
  FederationUnreported warning federation
  OrchestrationDBDown critical database
  MongoDBConnectionIssues critical database
  DBConnectionPoolExhausted warning database
  PostgreSQLDeadlocks warning database
  PostgreSQLCommitsFailing warning database
  BackendAPIDown critical default
  OPADown critical security
  KeycloakDegraded critical security
  ServiceUnhealthy warning default
  HighErrorRate warning default
  HighRequestLatency warning default
  EventLoopBlocked warning default
  AuthorizationLatencyHigh warning security
  AuthorizationUnavailable critical security
  HighDenialRate warning security
  CircuitBreakerOpen critical default
  FederationCircuitOpen critical federation
  CircuitBreakerHalfOpen warning default
  CircuitBreakerFlapping warning default
  CertificateExpiringSoon warning security
  CertificateExpired critical security
  HighInvalidTokenRate warning security
  RevocationViewStale critical security
  BlacklistRedisDown critical security
  KASDown critical kas
  KASKeysUnavailable critical kas
  KASRequestsFailing critical kas
  KASDenialRateHigh warning kas
  KASRequestsRefused warning kas
  KASLatencyHigh warning kas
  RedisDown critical default
  RedisMemoryHigh warning default
  RedisEvictions critical default
  RedisWritesFailing critical default
  RedisRejectedConnections warning default
  Watchdog none default
  TargetDown warning default
  ScrapeSlow warning default
  AlertDeliveryFailing critical default
  AlertmanagerMissing critical default
  RuleEvaluationFailing critical default
  HostMemoryLow warning default
  HostDiskFull critical default
  FederationErrorBudgetBurnFast critical federation
  FederationErrorBudgetBurnSlow warning federation
  DeploymentErrorBudgetBurnFast critical deployment
  DeploymentErrorBudgetBurnSlow warning deployment
`.trim().split("\n").map((line) => line.trim().split(" ") as [alert: string, severity: string, receiver: string]);

interface Alert {
  readonly alert?: string;
  readonly labels: Readonly<Record<string, string>>;
}
const rules = globSync("../rules/*.rules.yml", { cwd: import.meta.dirname })
  .flatMap((file) => (parse(readFileSync(join(import.meta.dirname, file), "utf8")) as { groups: { rules: Alert[] }[] }).groups)
  .flatMap((group) => group.rules);
const labelsOf = (alert: string): Readonly<Record<string, string>> => rules.find((rule) => rule.alert === alert)?.labels ?? {};

const container = `dive-amtool-test-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), "dive-alertmanager-"));
let api = "";

beforeAll(async () => {
  chmodSync(folder, 0o755); // mkdtemp makes it 0700, and the server is not root
  const file = (name: string, content: string) => writeFileSync(join(folder, name), content, { mode: 0o644 });
  for (const secret of ["token", "smtp-password"]) file(secret, "not a secret");
  file("forward-url", "https://duty.invalid/alerts");
  file("slack-url", "https://hooks.invalid/services/not-a-secret");
  file("alertmanager.yml", alertmanagerConfig({
    webhook: { url: "https://receiver.invalid/alerts", tokenFile: "/files/token", caFile: "/files/ca.crt" },
    email: { to: "duty@dive.invalid", from: "alerts@dive.invalid", smarthost: "mail.dive.invalid:587", login: { username: "alerts", passwordFile: "/files/smtp-password" } },
    forward: { urlFile: "/files/forward-url", tokenFile: "/files/token", caFile: "/files/ca.crt" },
    slack: { channel: "#dive", urlFile: "/files/slack-url" },
    groupWaitSeconds: 30,
    groupIntervalSeconds: 300,
  }));
  file("ca.crt", testAuthority().certificate);
  await execa("docker", ["run", "--detach", "--name", container, "--label=dive.test=amtool", "--publish=127.0.0.1::9093", "--volume", `${folder}:/files:ro`, "--tmpfs=/alertmanager:mode=1777",
    imageOf("alertmanager"), "--config.file=/files/alertmanager.yml", "--storage.path=/alertmanager", "--cluster.listen-address="]);
  api = `http://${(await execa("docker", ["port", container, "9093/tcp"])).stdout}/api/v2/alerts`;
  await vi.waitFor(() => held(), { timeout: 30_000, interval: 200 });
});

afterAll(async () => {
  await execa("docker", ["rm", "--force", container]);
  rmSync(folder, { recursive: true, force: true });
});

it("takes the configuration, with every kind of receiver", async () => {
  const { stdout } = await execa("docker", ["exec", container, "amtool", "check-config", "/files/alertmanager.yml"]);
  expect(stdout).toMatch(/SUCCESS[^]*6 receivers/);
});

it("has a line for each alert", () => {
  expect(ROUTES.map(([alert, severity]) => `${alert} ${severity}`).sort()).toEqual(rules.flatMap(({ alert, labels }) => (alert === undefined ? [] : `${alert} ${labels["severity"]}`)).sort());
});

it("tells of each alert whom the table names", async () => {
  const lines = ROUTES.map(([alert]) => Object.entries({ alertname: alert, instance: "FRA", ...labelsOf(alert) }).map(([name, value]) => `${name}=${value}`).join(" "));
  const each = "while read -r labels; do amtool config routes test --config.file=/files/alertmanager.yml $labels || exit 1; done";
  const { stdout } = await execa("docker", ["exec", "--interactive", container, "sh", "-c", each], { input: `${lines.join("\n")}\n` });
  const told = stdout.trim().split("\n");
  expect(ROUTES.map(([alert, severity], index) => [alert, severity, told[index]])).toEqual(ROUTES);
});

type Labels = Readonly<Record<string, string>>;

async function add(alerts: readonly Labels[]): Promise<void> {
  const answer = await fetch(api, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(alerts.map((labels) => ({ labels }))) });
  expect(answer.status, await answer.text()).toBe(200);
}

/** Which alerts are there, by their label `id`, and whether each is held back. */
async function held(): Promise<Map<string, boolean>> {
  const alerts = (await (await fetch(api)).json()) as { labels: Labels; status: { inhibitedBy: string[] } }[];
  return new Map(alerts.map(({ labels, status }) => [labels["id"] ?? "", status.inhibitedBy.length > 0]));
}

/** What each inhibition holds back: one case for each alert that its matchers allow. */
const CASES = INHIBITIONS.map((inhibition) => ({ ...inhibition, text: `${inhibition.source} holds back ${inhibition.targets.join(", ")}` }))
  .flatMap((one) => targetsOf(one.targets).map((target) => ({ ...one, target })));

/** A set of labels for each name that the matchers allow. */
function targetsOf(matchers: readonly string[]): Record<string, string>[] {
  const parsed = matchers.map((matcher) => /^(\w+)(=~|!=|=)"(.*)"$/.exec(matcher)!.slice(1) as [string, string, string]);
  const fixed = Object.fromEntries(parsed.filter(([, operator]) => operator === "=").map(([name, , value]) => [name, value]));
  const names = parsed.filter(([name, operator]) => name === "alertname" && operator === "=~").flatMap(([, , pattern]) => rules.flatMap(({ alert }) => (alert !== undefined && new RegExp(`^(${pattern})$`).test(alert) ? [alert] : [])));
  const excluded = parsed.filter(([, operator]) => operator === "!=").map(([, , value]) => value);
  return names.length === 0 ? [fixed] : names.filter((name) => !excluded.includes(name)).map((alertname) => ({ alertname, ...fixed }));
}

it("names alerts that are there", () => {
  for (const { source, target, text } of CASES) {
    expect(labelsOf(source), text).toHaveProperty("severity");
    if (target["alertname"] !== undefined) expect(labelsOf(target["alertname"]), text).toHaveProperty("severity");
  }
});

it("holds back what another alert explains, there and nowhere else", async () => {
  const place = (equal: readonly string[], value: string) => Object.fromEntries(equal.map((label) => [label, value]));
  const cases = CASES.map((one, number) => ({ ...one, id: `${number} ${one.text}: ${one.target["alertname"] ?? "any"}` }));
  const atOnePlace = cases.filter(({ equal }) => equal.length > 0);
  const everywhere = cases.filter(({ equal }) => equal.length === 0);
  const expectHeld = (ids: readonly string[]) => expect.poll(async () => [...(await held())].flatMap(([id, yes]) => (yes ? [id] : [])).sort(), { timeout: 30_000 }).toEqual([...ids].sort());
  const sources = (some: typeof cases) => add(some.map(({ source, equal, id }) => ({ alertname: source, severity: "critical", ...place(equal, `at ${id}`), id: `source of ${id}` })));

  await add(cases.map(({ target, equal, id }) => ({ severity: "critical", ...target, ...place(equal, `at ${id}`), id })));
  await add(atOnePlace.map(({ target, equal, id }) => ({ severity: "critical", ...target, ...place(equal, `beside ${id}`), id: `beside ${id}` })));
  expect((await held()).size).toBe(cases.length + atOnePlace.length);
  await expectHeld([]);
  await sources(atOnePlace);
  await expectHeld(atOnePlace.map(({ id }) => id));
  await sources(everywhere);
  await expect.poll(async () => { const now = await held(); return cases.filter(({ id }) => now.get(id) !== true).map(({ id }) => id); }, { timeout: 30_000 }).toEqual([]);
});
