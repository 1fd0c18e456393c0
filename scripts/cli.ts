import { Command, CommanderError, Option } from "commander";
import { registerInstanceVerbs, registerOrchDbVerbs } from "./commands/instance-verbs.ts";
import { DiveError, EXIT } from "./errors.ts";

const program = new Command("dive")
  .description("Deploys and operates a DIVE federation with Pulumi.")
  .option("-s, --stack <name>", "stack to work on", process.env["PULUMI_STACK"] ?? "dev")
  .showHelpAfterError()
  .exitOverride()
  .addHelpText(
    "after",
    `
Exit codes:
  0  done                         7   --expect-no-changes, and there were changes
  1  failed, or a test failed     8   cancelled
  2  wrong arguments or config    20  a requirement is missing (see: dive doctor)
  3  Pulumi: not logged in        21  another run of this stack, or of one of its instances, is alive
  6  Pulumi: no such stack        22  the stack belongs to another clone on this Docker host
Environment:
  DIVE_STATE_DIR  state, passphrase, CA and live configuration (default: .dive in the clone)
  DIVE_CACHE_DIR  downloads and builds of all clones (default: ~/.cache/dive)
  DIVE_OFFLINE=1  use the stand-ins of airgap/ without asking the official servers
  DIVE_ENGINE_LOG=1  the engine keeps a log of its own, with stand-in plugins (docs/runbook.md)`,
  );

/** The stack chosen with --stack. */
const stack = (): string => program.opts<{ stack: string }>().stack;

/** Sets the exit code of a command that ends without an error. */
const exitWith = (code: number | void): void => void (process.exitCode = code ?? EXIT.ok);

program
  .command("up")
  .description("bring the stack up: toolchain, images, then pulumi up")
  .option("--refresh", "first read everything back from the servers, drift in realms and databases too")
  .option("--expect-no-changes", "fail with 7 if anything had to be changed")
  .option("--json", "print the engine's events on stdout, one a line")
  .action(async (options: { refresh?: true; expectNoChanges?: true; json?: true }) => exitWith(await (await import("./commands/up.ts")).up(stack(), options)));

program
  .command("preview")
  .description("list what up would do; starts nothing")
  .option("--json", "print the engine's events on stdout, one a line")
  .action(async (options: { json?: true }) => exitWith(await (await import("./commands/preview.ts")).preview(stack(), options)));

program
  .command("down")
  .description("stop the stack's containers and keep its data")
  .action(async () => exitWith(await (await import("./commands/down.ts")).down(stack())));

program
  .command("nuke [what]")
  .description('remove the stack and its state; "all": every stack of this clone and the whole state folder')
  .requiredOption("--confirm", "needed: data is lost")
  .action(async (what: string | undefined) => exitWith(await (await import("./commands/nuke.ts")).nuke(stack(), what)));

program
  .command("env [stack]")
  .description('print the environment for pulumi by hand: eval "$(./dive env)"')
  .option("--json", "as one JSON object")
  .action(async (named: string | undefined, options: { json?: true }) => exitWith(await (await import("./commands/env.ts")).env(named ?? stack(), options)));

program
  .command("doctor")
  .description("check each requirement and say what to do")
  .option("--json", "as JSON")
  .action(async (options: { json?: true }) => exitWith(await (await import("./commands/doctor.ts")).doctor(options)));

program
  .command("users")
  .description("show the test users with their passwords")
  .option("--json", "as JSON")
  .action(async (options: { json?: true }) => exitWith(await (await import("./commands/users.ts")).users(stack(), options)));

program
  .command("images")
  .description("the third-party images")
  .command("pin")
  .description("fill in the digests of the pinned tags (needs the registry)")
  .action(async () => exitWith(await (await import("./commands/images-pin.ts")).pinImages()));

program
  .command("status")
  .description("show the stack's containers, the last deployment of each instance and the federation links")
  .option("--json", "as JSON")
  .action(async (options: { json?: true }) => exitWith(await (await import("./commands/status.ts")).status(stack(), options)));

program
  .command("alerts")
  .description("show the alerts that fire, and those that arrived last")
  .option("--json", "as JSON")
  .action(async (options: { json?: true }) => exitWith(await (await import("./commands/alerts.ts")).alerts(stack(), options)));

program
  .command("logs <instance> <service>")
  .description("follow the log of a service, e.g. logs fra keycloak")
  .addOption(new Option("--tail <lines>", "how many old lines to show first").default("100"))
  .action(async (instance: string, service: string, options: { tail: string }) =>
    exitWith(await (await import("./commands/logs.ts")).logs(stack(), instance, service, options)),
  );

registerInstanceVerbs({ program, stack, exitWith });
registerOrchDbVerbs({ program, stack, exitWith });

program
  .command("test [suites...]")
  .description("run the tests: types, unit, policy, service, integration, resilience; those named (monitoring and stacks too), or all")
  .option("--quick", "only what needs no containers: types, unit, policy")
  .action(async (suites: string[], options: { quick?: true }) => exitWith(await (await import("./commands/test.ts")).test(suites, options)));

const federation = program.command("federation").description("the links between the instances");
federation
  .command("status")
  .description("both directions of every link: last check, last sign-in, circuit")
  .option("--json", "as JSON")
  .action(async (options: { json?: true }) => exitWith(await (await import("./commands/federation-status.ts")).federationStatus(stack(), options)));
federation
  .command("verify <code>")
  .description("sign in with each side's probe user at the other side of the link to a spoke")
  .option("--json", "as JSON")
  .action(async (code: string, options: { json?: true }) => exitWith(await (await import("./commands/federation.ts")).federationVerify(stack(), code, options)));
federation
  .command("reset-circuit <code>")
  .description("close the circuits of the link to a spoke")
  .action(async (code: string) => exitWith(await (await import("./commands/federation.ts")).federationResetCircuit(stack(), code)));

program
  .command("open <id>")
  .description("download a document, have its key released and print its content; the token in DIVE_TOKEN, or of a test user")
  .option("-u, --user <name>", "sign in as this test user, with both factors")
  .option("--at <code>", "the instance to ask; default: the one that the document came from")
  .option("-o, --output <file>", "write it there; default: stdout")
  .action(async (id: string, options: { user?: string; at?: string; output?: string }) => exitWith(await (await import("./commands/open.ts")).open(stack(), id, options)));

program
  .command("bench [what]")
  .option("--cold", "first obtain toolchain and images with empty caches (10 minutes and more)")
  .description("up: measure up, no-op up, preview and destroy on a stack of its own; plugins: memory and overhead of the stand-in plugins; monitoring: what the running monitoring stack costs; services: latencies and memory of backend, OPA and KAS; revocation: 10,000 on a hub and two spokes")
  .option("--json", "as JSON")
  .action(async (what: string | undefined, options: { json?: true; cold?: true }) => exitWith(await (await import("./commands/bench.ts")).bench(what ?? "up", stack(), options)));

// A reader that has seen enough (`| head`) is no error; without stderr an operation still goes on to its end.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage; // commander has said what is wrong
  } else if (error instanceof DiveError) {
    process.stderr.write(`dive: ${error.message}\n`);
    process.exitCode = error.exitCode;
  } else {
    throw error;
  }
}
