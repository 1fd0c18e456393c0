import type { ServerUnaryCall, ServiceError, UntypedHandleCall, UntypedServiceImplementation, sendUnaryData } from "@grpc/grpc-js";
import { configCall } from "./config-calls.ts";
import { explain } from "./errors.ts";
import { Empty, PluginInfo, grpc, installedVersion, messages, services } from "./protocol.ts";
import { resourceCalls } from "./resource-calls.ts";
import type { ProviderDefinition } from "./resource-type.ts";

/** Answers one call, or throws: an Error, or a gRPC error with a code. */
export type Answer<Request = any, Response = any> = (request: Request) => Response | Promise<Response>;

/** Every method of the ResourceProvider service for one plugin. What is not supported answers UNIMPLEMENTED by name. */
export function handlers(provider: ProviderDefinition): UntypedServiceImplementation {
  const config = configCall(provider);
  const resources = resourceCalls(provider, config.client);
  const answers: Record<string, Answer> = {
    handshake: () => {
      const response = new messages.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    },
    getPluginInfo: () => {
      const info = new PluginInfo();
      info.setVersion(installedVersion(`@pulumi/${provider.name}`));
      return info;
    },
    attach: () => new Empty(),
    checkConfig: config.check,
    diffConfig: config.diff,
    configure: config.configure,
    check: resources.check,
    diff: resources.diff,
    create: resources.create,
    read: resources.read,
    update: resources.update,
    delete: resources.delete,
    cancel: () => {
      resources.cancel();
      return new Empty();
    },
    invoke: (request) => unsupported(provider, `function ${request.getTok()}`),
    call: (request) => unsupported(provider, `method ${request.getTok()}`),
  };
  const implementation: UntypedServiceImplementation = {};
  for (const [name, definition] of Object.entries(services.ResourceProviderService)) {
    const answer = answers[name] ?? (() => unsupported(provider, `the call ${name}`));
    implementation[name] = (definition.responseStream ? streaming(answer) : unary(answer)) as UntypedHandleCall;
  }
  return implementation;
}

function unsupported(provider: ProviderDefinition, what: string): never {
  const details = `the stand-in plugin ${provider.name} does not support ${what}; it supports the resource types ${provider.types.map((type) => type.token).join(", ")}`;
  throw Object.assign(new Error(details), { code: grpc.status.UNIMPLEMENTED, details });
}

// A handler that throws without calling back would leave the engine waiting for ever.
function unary(answer: Answer) {
  return (call: ServerUnaryCall<any, any>, callback: sendUnaryData<any>): void => {
    run(answer, call.request).then(
      (response) => callback(null, response),
      (thrown: unknown) => callback(grpcError(thrown)),
    );
  };
}

function streaming(answer: Answer) {
  return (call: { request: unknown; emit(event: "error", error: Partial<ServiceError>): void }): void => {
    run(answer, call.request).catch((thrown: unknown) => call.emit("error", grpcError(thrown)));
  };
}

async function run(answer: Answer, request: unknown): Promise<unknown> {
  return answer(request);
}

function grpcError(thrown: unknown): Partial<ServiceError> {
  if (typeof thrown === "object" && thrown !== null && "details" in thrown && "code" in thrown) return thrown as Partial<ServiceError>;
  return { code: grpc.status.UNKNOWN, details: explain(thrown) };
}
