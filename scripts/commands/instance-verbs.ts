import { Option, type Command } from "commander";
import type { Which } from "./instance.ts";

/** What the verbs need of the command line. */
export interface Cli {
  program: Command;
  /** The stack chosen with --stack. */
  stack: () => string;
  /** Sets the exit code of a command that ends without an error. */
  exitWith: (code: number | void) => void;
}

type UpOptions = { refresh?: true; json?: true };

/** `hub deploy|descriptor|status|logs|down` and `spoke deploy|descriptor|status|logs|down <code>`. */
export function registerInstanceVerbs({ program, stack, exitWith }: Cli): void {
  const hub = program.command("hub").description("the stack's hub");
  const spoke = program.command("spoke").description("the stack's spokes");
  const codeOf = async (which: Which) => (await import("./instance.ts")).instanceOf(stack(), which);
  const up = async (options: UpOptions) => exitWith(await (await import("./up.ts")).up(stack(), options));
  const status = async (which: Which, options: { json?: true }) => exitWith(await (await import("./status.ts")).status(stack(), { ...options, instance: await codeOf(which) }));
  const logs = async (which: Which, service: string | undefined, options: { tail: string }) => exitWith(await (await import("./logs.ts")).logs(stack(), await codeOf(which), service, options));
  const down = async (which: Which) => exitWith(await (await import("./down.ts")).down(stack(), await codeOf(which)));
  const descriptor = async (which: Which, options: { json?: true }) => (await import("./descriptor.ts")).printDescriptor(stack(), which, options);
  const tail = () => new Option("--tail <lines>", "how many old lines to show first").default("100");
  const theHub: Which = { role: "hub" };
  const aSpoke = (code: string): Which => ({ role: "spoke", code });

  upOptions(hub.command("deploy").description("bring the stack with its hub up")).action(async (options: UpOptions) => {
    await codeOf(theHub);
    await up(options);
  });
  hub.command("status").description("show the hub's containers, last deployment and links").option("--json", "as JSON").action((options: { json?: true }) => status(theHub, options));
  hub
    .command("logs [service]")
    .description("follow the log of a service of the hub, or of all")
    .addOption(tail())
    .action((service: string | undefined, options: { tail: string }) => logs(theHub, service, options));
  hub.command("descriptor").description("print what spokes of other stacks need to know of the hub: public values only").option("--json", "as JSON").action((options: { json?: true }) => descriptor(theHub, options));
  hub.command("down").description("stop the hub's containers and keep its data").action(() => down(theHub));

  upOptions(spoke.command("deploy <code>").description("add the spoke to Pulumi.<stack>.yaml if it is not there, and bring the stack up")).action(async (code: string, options: UpOptions) => {
    const { nameSpoke } = await import("./instance.ts");
    if (await nameSpoke(stack(), code)) process.stderr.write(`${code.toUpperCase()} is now a spoke in Pulumi.${stack()}.yaml\n`);
    await up(options);
  });
  spoke.command("status <code>").description("show a spoke's containers, last deployment and links").option("--json", "as JSON").action((code: string, options: { json?: true }) => status(aSpoke(code), options));
  spoke
    .command("logs <code> [service]")
    .description("follow the log of a service of a spoke, or of all")
    .addOption(tail())
    .action((code: string, service: string | undefined, options: { tail: string }) => logs(aSpoke(code), service, options));
  spoke
    .command("descriptor <code>")
    .description("make the spoke's password on the hub's blacklist and print what the hub needs to know: public values only")
    .option("--json", "as JSON")
    .action((code: string, options: { json?: true }) => descriptor(aSpoke(code), options));
  spoke.command("down <code>").description("stop a spoke's containers and keep its data").action((code: string) => down(aSpoke(code)));
}

function upOptions(command: Command): Command {
  return command.option("--refresh", "first read everything back from the servers, drift in realms and databases too").option("--json", "print the engine's events on stdout, one a line");
}

/** `orch-db status|init|query`. */
export function registerOrchDbVerbs({ program, stack, exitWith }: Cli): void {
  const orchDb = program.command("orch-db").description("the orchestration database of each instance: deployments, links, circuits");
  orchDb
    .command("status")
    .description("show each database, its tables and the last deployment")
    .option("--json", "as JSON")
    .action(async (options: { json?: true }) => exitWith(await (await import("./orch-db.ts")).orchDbStatus(stack(), options)));
  orchDb
    .command("init")
    .description("apply the migrations that a database still needs, as up does")
    .option("--json", "as JSON")
    .action(async (options: { json?: true }) => exitWith(await (await import("./orch-db.ts")).orchDbInit(stack(), options)));
  orchDb
    .command("query <sql>")
    .description("run a query as a role that may only read")
    .option("-i, --instance <code>", "whose database (default: the hub's)")
    .option("--json", "as JSON")
    .action(async (sql: string, options: { json?: true; instance?: string }) => exitWith(await (await import("./orch-db.ts")).orchDbQuery(stack(), sql, options)));
}
