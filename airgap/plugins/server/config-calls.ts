import type { CheckRequest, CheckResponse, ConfigureRequest, ConfigureResponse, DiffRequest, DiffResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import type { Failure, Schema } from "./check.ts";
import { diff } from "./diff.ts";
import { checkResponse, diffResponse } from "./responses.ts";
import { grpc, messages } from "./protocol.ts";
import { checkConfig } from "./provider-config.ts";
import type { ProviderDefinition } from "./resource-type.ts";
import { type Bag, decodeBag, hasUnknown, plain } from "./values.ts";

/** The calls about a provider's configuration. */
export interface ConfigCalls {
  check(request: CheckRequest): CheckResponse;
  diff(request: DiffRequest): DiffResponse;
  configure(request: ConfigureRequest): ConfigureResponse;
  /** The client that the plugin makes of its configuration: built on first use, then shared. */
  client(): Promise<unknown>;
}

/** See {@link ConfigCalls}. */
export function configCall(provider: ProviderDefinition): ConfigCalls {
  const schema: Schema = provider.config;
  let config: Bag | undefined;
  let client: Promise<unknown> | undefined;
  return {
    check(request) {
      const news = decodeBag(request.getNews()?.toJavaScript());
      // Answered as given (JSON-encoded): that form is what the official plugins keep in the state.
      return checkResponse({ bag: news, failures: checkConfig(provider.name, schema, news).failures });
    },
    diff(request) {
      const old = checkConfig(provider.name, schema, decodeBag((request.getOldInputs() ?? request.getOlds())?.toJavaScript()));
      const now = checkConfig(provider.name, schema, decodeBag(request.getNews()?.toJavaScript()));
      return diffResponse(diff(schema, plain(old.bag), plain(now.bag)), false);
    },
    configure(request) {
      const checked = checkConfig(provider.name, schema, decodeBag(request.getArgs()?.toJavaScript()));
      if (checked.failures.length > 0) refuse(provider.name, checked.failures);
      config = checked.bag;
      client = undefined;
      const response = new messages.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    },
    async client() {
      if (config === undefined) throw new Error(`provider ${provider.name} was used before it was configured`);
      if (hasUnknown(config)) throw new Error(`provider ${provider.name} cannot work yet: a part of its configuration is not known before the update`);
      const settings = plain(config);
      client ??= (async () => provider.configure(settings))();
      return client;
    },
  };
}

function refuse(name: string, failures: readonly Failure[]): never {
  const details = `provider ${name}: ${failures.map((failure) => `${failure.property} ${failure.reason}`).join("; ")}`;
  throw Object.assign(new Error(details), { code: grpc.status.INVALID_ARGUMENT, details });
}
