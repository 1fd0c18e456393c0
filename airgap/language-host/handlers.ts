import type { ServerUnaryCall, ServerWritableStream, ServiceError, UntypedHandleCall, UntypedServiceImplementation, sendUnaryData } from "@grpc/grpc-js";
import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb.js";
import { stopAll } from "./child.ts";
import { requiredPackages } from "./packages.ts";
import { Empty, PackageDependency, PluginInfo, grpc, messages, sdkVersion, services } from "./protocol.ts";
import { run } from "./run.ts";
import { runPlugin } from "./run-plugin.ts";

type Unary = (call: ServerUnaryCall<any, any>) => unknown;
type Streaming = (call: ServerWritableStream<any, any>) => Promise<void>;

/**
 * Every method of the LanguageRuntime service. What belongs to code generation, packing and installing is UNIMPLEMENTED: npm does it.
 *
 * @param engineAddress From the command line; the Handshake may give a newer one.
 */
export function handlers(engineAddress: string): UntypedServiceImplementation {
  let engine = engineAddress;
  const unary: Record<string, Unary> = {
    handshake: (call) => {
      engine = call.request.getEngineAddress() || engine;
      return new messages.LanguageHandshakeResponse();
    },
    getPluginInfo: () => {
      const info = new PluginInfo();
      info.setVersion(sdkVersion);
      return info;
    },
    getRequiredPackages: (call) => {
      const response = new messages.GetRequiredPackagesResponse();
      for (const { name, version, server } of requiredPackages(programDirectory(call.request))) {
        const required = new PackageDependency();
        required.setKind("resource");
        required.setName(name);
        required.setVersion(version);
        required.setServer(server ?? "");
        response.addPackages(required);
      }
      return response;
    },
    about: () => {
      const response = new messages.AboutResponse();
      response.setExecutable(process.execPath);
      response.setVersion(process.version);
      return response;
    },
    run: (call) => run(call, engine),
    cancel: () => {
      stopAll();
      return new Empty();
    },
  };
  const streaming: Record<string, Streaming> = { runPlugin };
  const implementation: UntypedServiceImplementation = {};
  for (const [name, definition] of Object.entries(services.LanguageRuntimeService)) {
    const missing = (): never => unsupported(name);
    implementation[name] = (definition.responseStream ? answerStream(streaming[name] ?? missing) : answer(unary[name] ?? missing)) as UntypedHandleCall;
  }
  return implementation;
}

function programDirectory(request: { getInfo(): ProgramInfo | undefined }): string {
  return request.getInfo()?.getProgramDirectory() || process.cwd();
}

function unsupported(name: string): never {
  throw Object.assign(new Error(`the stand-in language host does not support ${name}`), { code: grpc.status.UNIMPLEMENTED });
}

function answer(work: Unary) {
  return (call: ServerUnaryCall<any, any>, callback: sendUnaryData<any>): void => {
    // A handler that throws without calling back would leave the engine waiting for ever.
    (async () => work(call))().then(
      (response) => callback(null, response),
      (thrown: unknown) => callback(grpcError(thrown)),
    );
  };
}

function answerStream(work: Streaming | (() => never)) {
  return (call: ServerWritableStream<any, any>): void => {
    (async () => work(call))().catch((thrown: unknown) => call.emit("error", grpcError(thrown)));
  };
}

function grpcError(thrown: unknown): Partial<ServiceError> {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = (error as { code?: unknown }).code;
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return { code: typeof code === "number" ? code : grpc.status.UNKNOWN, details: `${error.message}${cause}` };
}
