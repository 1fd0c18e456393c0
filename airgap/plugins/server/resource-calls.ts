import type * as pb from "@pulumi/pulumi/proto/provider_pb.js";
import { autoname, isAutonamed, withBookkeeping, withoutBookkeeping } from "./autoname.ts";
import { Calls } from "./calls.ts";
import { type Schema, check } from "./check.ts";
import { diff } from "./diff.ts";
import { type Failed, serviceError } from "./errors.ts";
import { keepEqual, mergeRead, outputs } from "./outputs.ts";
import { previewCreate, previewUpdate } from "./preview.ts";
import { Empty, Struct, grpc, messages } from "./protocol.ts";
import type { CallContext, ProviderDefinition, ResourceType } from "./resource-type.ts";
import { checkResponse, diffResponse } from "./responses.ts";
import { type Bag, type PlainBag, decodeBag, encodeBag, hasUnknown, plain } from "./values.ts";

/** The calls about resources. */
export interface ResourceCalls {
  check(request: pb.CheckRequest): pb.CheckResponse;
  diff(request: pb.DiffRequest): pb.DiffResponse;
  create(request: pb.CreateRequest): Promise<pb.CreateResponse>;
  read(request: pb.ReadRequest): Promise<pb.ReadResponse>;
  update(request: pb.UpdateRequest): Promise<pb.UpdateResponse>;
  delete(request: pb.DeleteRequest): Promise<InstanceType<typeof Empty>>;
  /** Aborts the calls that are running. */
  cancel(): void;
}

/** See {@link ResourceCalls}. `client` gives the plugin's client, connected or not. */
export function resourceCalls(provider: ProviderDefinition, client: () => Promise<unknown>): ResourceCalls {
  const types = new Map(provider.types.map((type) => [type.token, type]));
  const calls = new Calls();

  function typeOf(urn: string): ResourceType {
    const token = tokenOf(urn);
    const type = types.get(token);
    if (type !== undefined) return type;
    const details = `the stand-in plugin ${provider.name} does not support ${token}; it supports ${[...types.keys()].join(", ")}`;
    throw Object.assign(new Error(details), { code: grpc.status.INVALID_ARGUMENT, details });
  }

  /** Runs a type's function on the client, with a signal; what it throws becomes a gRPC error that says which resource it was. */
  async function run<T>(urn: string, timeoutSeconds: number, failed: Omit<Failed, "subject">, work: (client: unknown, context: CallContext) => Promise<T>): Promise<T> {
    try {
      return await calls.run(timeoutSeconds, async (signal) => work(await client(), { urn, signal, timeoutSeconds }));
    } catch (thrown) {
      throw serviceError(thrown, { ...failed, subject: `${tokenOf(urn)} ${nameOf(urn)}` });
    }
  }

  return {
    check(request) {
      const type = typeOf(request.getUrn());
      const schema: Schema = type.inputs;
      const news = bag(request.getNews());
      const unnamed = type.autonamed !== undefined && (news[type.autonamed] ?? undefined) === undefined ? type.autonamed : undefined;
      const named = unnamed === undefined ? undefined : autoname(unnamed, news, bag(request.getOlds()), naming(request));
      const checked = check(type.token, schema, news);
      const failures = [...(named === undefined ? [] : [named]), ...checked.failures];
      if (failures.length === 0 && type.check !== undefined && !hasUnknown(checked.bag)) failures.push(...type.check(plain(checked.bag)));
      return checkResponse({ bag: type.autonamed === undefined ? checked.bag : withBookkeeping(checked.bag, unnamed), failures }, news);
    },

    diff(request) {
      const type = typeOf(request.getUrn());
      const schema: Schema = type.inputs;
      const olds = plain(bag(request.getOlds()));
      const news = plain(bag(request.getNews()));
      const changes = diff(schema, oldInputs(request, schema), news, type.update === undefined);
      const first = type.deleteBeforeReplace ?? (type.autonamed !== undefined && !isAutonamed(type.autonamed, news));
      return diffResponse(changes, typeof first === "function" ? first(news) : first, type.outdated?.(olds, news));
    },

    async create(request) {
      const type = typeOf(request.getUrn());
      const inputs = withoutBookkeeping(bag(request.getProperties()));
      const response = new messages.CreateResponse();
      if (request.getPreview()) {
        response.setProperties(struct(outputs(type, inputs, plain(previewCreate(type, inputs)))));
        return response;
      }
      const complete = (state: PlainBag): Bag => outputs(type, inputs, state);
      const made = await run(request.getUrn(), request.getTimeout(), { inputs, outputs: complete }, (c, context) => type.create(c, plain(inputs), context));
      response.setId(made.id);
      response.setProperties(struct(complete(made.state)));
      return response;
    },

    async read(request) {
      const type = typeOf(request.getUrn());
      const schema: Schema = type.inputs;
      const oldState = bag(request.getProperties());
      const inputs = bag(request.getInputs());
      const found = await run(request.getUrn(), request.getTimeout(), { inputs, oldState }, (c, context) => type.read(c, request.getId(), plain(oldState), context));
      const response = new messages.ReadResponse();
      // An empty id tells the engine that the resource is gone.
      if (found === undefined) return response;
      const importing = Object.keys(inputs).length === 0 && Object.keys(oldState).length === 0;
      const nowInputs = mergeRead(schema, inputs, found.inputs, importing);
      response.setId(found.id);
      response.setInputs(struct(nowInputs));
      response.setProperties(struct(keepEqual(schema, oldState, outputs(type, withoutBookkeeping(nowInputs), found.state))));
      return response;
    },

    async update(request) {
      const type = typeOf(request.getUrn());
      const inputs = withoutBookkeeping(bag(request.getNews()));
      const oldState = bag(request.getOlds());
      const response = new messages.UpdateResponse();
      if (request.getPreview()) {
        response.setProperties(struct(outputs(type, inputs, plain(previewUpdate(type, inputs, oldState)))));
        return response;
      }
      const changed = [...new Set(diff(type.inputs, oldInputs(request, type.inputs), plain(inputs)).map((change) => change.property))];
      const complete = (state: PlainBag): Bag => outputs(type, inputs, state);
      const state = await run(request.getUrn(), request.getTimeout(), { inputs, oldState, outputs: complete }, (c, context) => {
        if (type.update === undefined) throw new Error(`cannot be updated in place, only replaced; changed: ${changed.join(", ")}`);
        return type.update(c, request.getId(), plain(inputs), plain(oldState), changed, context);
      });
      response.setProperties(struct(complete(state)));
      return response;
    },

    async delete(request) {
      const type = typeOf(request.getUrn());
      const oldState = bag(request.getProperties());
      await run(request.getUrn(), request.getTimeout(), { inputs: {}, oldState }, (c, context) => type.delete(c, request.getId(), plain(oldState), context));
      return new Empty();
    },

    cancel: () => calls.abortAll(),
  };
}

/**
 * What the new inputs are compared with: the old inputs; the output where the service chose the value of a computed property; all outputs
 * of inputs' names from an engine that sends no inputs.
 */
function oldInputs(request: pb.DiffRequest | pb.UpdateRequest, schema: Schema): PlainBag {
  const sent = request.getOldInputs();
  const inputs = sent === undefined ? undefined : plain(bag(sent));
  const outputs = Object.entries(plain(bag(request.getOlds()))).filter(([name]) => name in schema && (inputs === undefined || schema[name]?.computed === true));
  return { ...Object.fromEntries(outputs), ...inputs };
}

function naming(request: pb.CheckRequest): Parameters<typeof autoname>[3] {
  const randomSeed = request.getRandomseed_asU8();
  const options = request.getAutonaming();
  if (options === undefined) return { name: nameOf(request.getUrn()), randomSeed };
  const disabled = options.getMode() === messages.CheckRequest.AutonamingOptions.Mode.DISABLE;
  return { name: nameOf(request.getUrn()), randomSeed, proposed: { name: options.getProposedName(), disabled } };
}

// `urn:pulumi:<stack>::<project>::<parent types $ token>::<name>`; the name itself may contain `::`.
function tokenOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? urn;
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function bag(wire: InstanceType<typeof Struct> | undefined): Bag {
  return decodeBag(wire?.toJavaScript() as Record<string, unknown> | undefined);
}

function struct(properties: Bag): InstanceType<typeof Struct> {
  return Struct.fromJavaScript(encodeBag(properties));
}
