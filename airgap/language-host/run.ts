import { createRequire } from "node:module";
import { join } from "node:path";
import type { ServerUnaryCall } from "@grpc/grpc-js";
import type { RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb.js";
import { type Ending, startNode } from "./child.ts";
import { nodeOptions } from "./options.ts";
import { messages } from "./protocol.ts";

/** The program has already reported its error through the engine's log: say nothing more. */
const alreadyReported = 32;

/**
 * Runs the program in a Node process of its own and waits for its end. Anything but exit status 0 is a failure: after a success the
 * engine deletes what the program did not register.
 */
export async function run(call: ServerUnaryCall<RunRequest, RunResponse>, engineAddress: string): Promise<RunResponse> {
  const request = call.request;
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() || request.getPwd() || process.cwd();
  const options = nodeOptions((info?.getOptions()?.toJavaScript() ?? {}) as Record<string, unknown>);
  const script = resolveFrom(directory, "@pulumi/pulumi/cmd/run");
  const child = startNode([...options.nodeArgs, script, ...runArguments(request, engineAddress, directory)], {
    cwd: directory,
    // The engine shows what this host prints after its port, so the program's own output goes the same way.
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      ...options.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
  });
  call.on("cancelled", () => child.stop());
  return response(await child.ended);
}

/** Where a script of the SDK lies, as seen from the program: its copy runs, not this host's. */
export function resolveFrom(directory: string, module: string): string {
  try {
    return createRequire(join(directory, "package.json")).resolve(module);
  } catch (cause) {
    throw new Error(`${module} is not installed for ${directory}: run \`npm ci\` there`, { cause });
  }
}

/** The SDK's command line; arguments without a value are left out. */
export function runArguments(request: RunRequest, engineAddress: string, directory: string): string[] {
  const flags: Record<string, string> = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": request.getInfo()?.getRootDirectory() ?? "",
    stack: request.getStack(),
    pwd: directory,
    parallel: String(request.getParallel()),
  };
  const entryPoint = request.getInfo()?.getEntryPoint() || request.getProgram() || ".";
  return [
    ...Object.entries(flags).flatMap(([flag, value]) => (value === "" ? [] : [`--${flag}`, value])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    entryPoint,
    ...request.getArgsList(),
  ];
}

/** What the engine is told about how the program ended. */
export function response(ending: Ending): RunResponse {
  const answer = new messages.RunResponse();
  if ("error" in ending) answer.setError(`the program could not be started: ${ending.error.message}`);
  else if ("signal" in ending) answer.setError(`the program was ended by signal ${ending.signal} before it had finished`);
  else if (ending.code === alreadyReported) answer.setBail(true);
  else if (ending.code !== 0) answer.setError(`Program exited with non-zero exit code: ${ending.code}`);
  return answer;
}
