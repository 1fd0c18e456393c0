import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type * as Grpc from "@grpc/grpc-js";
import { nodeFlags } from "./node-flags.ts";
import { Status, Struct, grpc, messages, services } from "./protocol.ts";
import { type Bag, decodeBag, encodeBag } from "./values.ts";

/** The kinds of a changed place, as in the protocol's PropertyDiff. */
export type DiffKind = "ADD" | "ADD_REPLACE" | "DELETE" | "DELETE_REPLACE" | "UPDATE" | "UPDATE_REPLACE";

/** The answer to Diff. */
export interface DiffAnswer {
  readonly changed: boolean;
  readonly replaces: string[];
  readonly diffs: string[];
  /** Kind of change by property path. */
  readonly detailed: Record<string, DiffKind>;
  readonly deleteBeforeReplace: boolean;
}

/** What a create or update that failed half way left behind. */
export interface InitFailure {
  readonly id: string;
  readonly state: Bag;
  readonly inputs: Bag;
  readonly reasons: string[];
}

/** Options of a call that changes something. `timeoutSeconds`: 0 for none. */
export interface CallOptions {
  readonly preview?: boolean;
  readonly timeoutSeconds?: number;
}

/** For tests: a plugin that runs as its own process, spoken to as the engine does. Close it with `await using`. */
export class PluginProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  /** All that the process has written so far, stdout and stderr together. */
  readonly printed: { text: string };
  readonly #client: Grpc.Client;
  readonly #token: string;

  private constructor(child: ChildProcess, printed: { text: string }, client: Grpc.Client, token: string) {
    this.child = child;
    this.printed = printed;
    this.#client = client;
    this.#token = token;
  }

  /**
   * Starts `main.ts` of a plugin and configures it.
   *
   * @param token The resource type that {@link urn} names.
   */
  static async start(main: string, token: string, config: Bag = {}): Promise<PluginProcess> {
    const child = spawn(process.execPath, [...nodeFlags, main, "127.0.0.1:1"], { stdio: ["ignore", "pipe", "pipe"] });
    const printed = { text: "" };
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => void (printed.text += bytes.toString()));
    child.stderr.pipe(process.stderr, { end: false });
    const [port] = (await once(createInterface(child.stdout as NodeJS.ReadableStream), "line")) as [string];
    const client = new services.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const plugin = new PluginProcess(child, printed, client as unknown as Grpc.Client, token);
    const configure = new messages.ConfigureRequest();
    configure.setArgs(Struct.fromJavaScript(encodeBag(config)));
    await plugin.call("configure", configure);
    return plugin;
  }

  /**
   * As {@link start}, on a warm compile cache, as every start but the first after a change of the sources: that one strips types, which
   * takes some 10 MiB.
   */
  static async startWarm(main: string, token: string, config: Bag = {}): Promise<PluginProcess> {
    await (await PluginProcess.start(main, token, config))[Symbol.asyncDispose]();
    return PluginProcess.start(main, token, config);
  }

  /** The same process, for another resource type. Only the first is to be closed. */
  of(token: string): PluginProcess {
    return new PluginProcess(this.child, this.printed, this.#client, token);
  }

  urn(name: string): string {
    return `urn:pulumi:test::plugins::${this.#token}::${name}`;
  }

  /** Calls a method; rejects with gRPC's error. */
  call(method: string, request: unknown): Promise<any> {
    const client = this.#client as unknown as Record<string, (request: unknown, done: (error: Error | null, response: unknown) => void) => void>;
    return new Promise((resolve, reject) => {
      client[method]?.(request, (error, response) => (error === null ? resolve(response) : reject(error)));
    });
  }

  /** @param seed What random names are made of; the engine sends another one for a replacement. */
  async check(name: string, news: Bag, olds: Bag = {}, seed = 0xab): Promise<{ inputs: Bag; failures: string[] }> {
    const request = new messages.CheckRequest();
    request.setUrn(this.urn(name));
    request.setNews(struct(news));
    request.setOlds(struct(olds));
    request.setRandomseed(new Uint8Array(32).fill(seed));
    const response = await this.call("check", request);
    const failures = response.getFailuresList().map((failure: { getProperty(): string; getReason(): string }) => `${failure.getProperty()}: ${failure.getReason()}`);
    return { inputs: bag(response.getInputs()), failures };
  }

  async diff(name: string, id: string, oldInputs: Bag, olds: Bag, news: Bag): Promise<DiffAnswer> {
    const request = new messages.DiffRequest();
    request.setUrn(this.urn(name));
    request.setId(id);
    request.setOldInputs(struct(oldInputs));
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    const response = await this.call("diff", request);
    const kinds = Object.entries(messages.PropertyDiff.Kind);
    const detailed: Record<string, DiffKind> = {};
    response.getDetaileddiffMap().forEach((detail: InstanceType<typeof messages.PropertyDiff>, path: string) => {
      detailed[path] = kinds.find(([, value]) => value === detail.getKind())?.[0] as DiffKind;
    });
    return {
      changed: response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME,
      replaces: response.getReplacesList().sort(),
      diffs: response.getDiffsList().sort(),
      detailed,
      deleteBeforeReplace: response.getDeletebeforereplace(),
    };
  }

  async create(name: string, inputs: Bag, { preview = false, timeoutSeconds = 0 }: CallOptions = {}): Promise<{ id: string; state: Bag }> {
    const request = new messages.CreateRequest();
    request.setUrn(this.urn(name));
    request.setProperties(struct(inputs));
    request.setPreview(preview);
    request.setTimeout(timeoutSeconds);
    const response = await this.call("create", request);
    return { id: response.getId(), state: bag(response.getProperties()) };
  }

  async update(name: string, id: string, oldInputs: Bag, olds: Bag, news: Bag, { preview = false, timeoutSeconds = 0 }: CallOptions = {}): Promise<Bag> {
    const request = new messages.UpdateRequest();
    request.setUrn(this.urn(name));
    request.setId(id);
    request.setOldInputs(struct(oldInputs));
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    request.setPreview(preview);
    request.setTimeout(timeoutSeconds);
    return bag((await this.call("update", request)).getProperties());
  }

  async delete(name: string, id: string, inputs: Bag, state: Bag, { timeoutSeconds = 0 }: CallOptions = {}): Promise<void> {
    const request = new messages.DeleteRequest();
    request.setUrn(this.urn(name));
    request.setId(id);
    request.setOldInputs(struct(inputs));
    request.setProperties(struct(state));
    request.setTimeout(timeoutSeconds);
    await this.call("delete", request);
  }

  async read(name: string, id: string, state: Bag, inputs: Bag): Promise<{ id: string; state: Bag; inputs: Bag }> {
    const request = new messages.ReadRequest();
    request.setUrn(this.urn(name));
    request.setId(id);
    request.setProperties(struct(state));
    request.setInputs(struct(inputs));
    const response = await this.call("read", request);
    return { id: response.getId(), state: bag(response.getProperties()), inputs: bag(response.getInputs()) };
  }

  /** The most memory that the process has had resident so far, in MiB: with Node's own binary, whose pages all plugins share. */
  peakMemoryMib(): number {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.child.pid}/status`, "utf8"))![1]) / 1024;
  }

  /** The same without the pages of files, of which Node's own binary, shared by all plugins, is nearly everything. */
  peakOwnMemoryMib(): number {
    return this.peakMemoryMib() - Number(/^RssFile:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.child.pid}/status`, "utf8"))![1]) / 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, "exit");
    this.child.kill("SIGINT");
    await exited;
  }
}

/** What is told beside a gRPC error about a resource that was made and could not be completed; undefined for any other error. */
export function initFailure(error: unknown): InitFailure | undefined {
  const [packed] = (error as { metadata?: Grpc.Metadata }).metadata?.get("grpc-status-details-bin") ?? [];
  if (packed === undefined) return undefined;
  const [detail] = Status.deserializeBinary(packed as Buffer).getDetailsList();
  const failure = messages.ErrorResourceInitFailed.deserializeBinary(detail!.getValue_asU8());
  return { id: failure.getId(), state: bag(failure.getProperties()), inputs: bag(failure.getInputs()), reasons: failure.getReasonsList() };
}

function struct(properties: Bag): InstanceType<typeof Struct> {
  return Struct.fromJavaScript(encodeBag(properties));
}

function bag(wire: InstanceType<typeof Struct> | undefined): Bag {
  return decodeBag(wire?.toJavaScript() as Record<string, unknown> | undefined);
}
