import type { ServerWritableStream } from "@grpc/grpc-js";
import type { RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb.js";
import { exitStatus, startNode } from "./child.ts";
import { nodeOptions } from "./options.ts";
import { messages } from "./protocol.ts";
import { resolveFrom } from "./run.ts";

/**
 * Runs a plugin written in Node (a policy pack is one, of kind `analyzer`) and streams its output and its exit status to the engine.
 * A plugin that ends by a signal has a status other than 0.
 */
export async function runPlugin(call: ServerWritableStream<RunPluginRequest, RunPluginResponse>): Promise<void> {
  const request = call.request;
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() || request.getProgram();
  const options = nodeOptions((info?.getOptions()?.toJavaScript() ?? {}) as Record<string, unknown>);
  const policyPack = request.getKind() === "analyzer";
  const script = resolveFrom(directory, `@pulumi/pulumi/cmd/${policyPack ? "run-policy-pack" : "run-plugin"}`);
  // The one takes the folder last, the other first: see the SDK's usage texts.
  const args = policyPack ? [...request.getArgsList(), directory] : [directory, ...request.getArgsList()];
  const child = startNode([...options.nodeArgs, script, ...args], {
    // A policy pack reads its version from the package.json of its working directory.
    cwd: policyPack ? directory : request.getPwd() || directory,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env, ...environment(request.getEnvList()) },
  });
  call.on("cancelled", () => child.stop());
  child.process.stdout?.on("data", (bytes: Buffer) => call.write(output("setStdout", bytes)));
  child.process.stderr?.on("data", (bytes: Buffer) => call.write(output("setStderr", bytes)));
  const ending = await child.ended;
  if ("error" in ending) throw new Error(`${request.getName() || directory} could not be started`, { cause: ending.error });
  const last = new messages.RunPluginResponse();
  last.setExitcode(exitStatus(ending));
  call.write(last);
  call.end();
}

function output(setter: "setStdout" | "setStderr", bytes: Buffer): RunPluginResponse {
  const response = new messages.RunPluginResponse();
  response[setter](bytes);
  return response;
}

/** `NAME=value` lines as an object; the value may hold further `=`. */
function environment(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
