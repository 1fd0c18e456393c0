import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Client } from "@grpc/grpc-js";
import { Struct, grpc, messages, services } from "./protocol.ts";
import { type Bag, decodeBag, encodeBag } from "./values.ts";

/** For tests: a plugin that runs as its own process, spoken to as the engine does. Close it with `await using`. */
export class PluginProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #client: Client;
  readonly #token: string;

  private constructor(child: ChildProcess, port: number, token: string) {
    this.child = child;
    this.#client = new services.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    this.#token = token;
  }

  /**
   * Starts `main.ts` of a plugin and configures it.
   *
   * @param token The resource type that {@link urn} names.
   */
  static async start(main: string, token: string, config: Bag = {}): Promise<PluginProcess> {
    const child = spawn(process.execPath, [main, "127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
    const [port] = (await once(createInterface(child.stdout as NodeJS.ReadableStream), "line")) as [string];
    const plugin = new PluginProcess(child, Number(port), token);
    const configure = new messages.ConfigureRequest();
    configure.setArgs(Struct.fromJavaScript(encodeBag(config)));
    await plugin.call("configure", configure);
    return plugin;
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

  async check(name: string, news: Bag, olds: Bag = {}): Promise<{ inputs: Bag; failures: string[] }> {
    const request = new messages.CheckRequest();
    request.setUrn(this.urn(name));
    request.setNews(struct(news));
    request.setOlds(struct(olds));
    request.setRandomseed(new Uint8Array(32).fill(0xab));
    const response = await this.call("check", request);
    const failures = response.getFailuresList().map((failure: { getProperty(): string; getReason(): string }) => `${failure.getProperty()}: ${failure.getReason()}`);
    return { inputs: bag(response.getInputs()), failures };
  }

  async diff(name: string, oldInputs: Bag, olds: Bag, news: Bag): Promise<{ replaces: string[]; changes: number; detailed: string[] }> {
    const request = new messages.DiffRequest();
    request.setUrn(this.urn(name));
    request.setOldInputs(struct(oldInputs));
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    const response = await this.call("diff", request);
    return { replaces: response.getReplacesList(), changes: response.getChanges(), detailed: response.getDetaileddiffMap().getEntryList().map(([path]: [string]) => path) };
  }

  async create(name: string, inputs: Bag, preview = false): Promise<{ id: string; state: Bag }> {
    const request = new messages.CreateRequest();
    request.setUrn(this.urn(name));
    request.setProperties(struct(inputs));
    request.setPreview(preview);
    const response = await this.call("create", request);
    return { id: response.getId(), state: bag(response.getProperties()) };
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, "exit");
    this.child.kill("SIGINT");
    await exited;
  }
}

function struct(properties: Bag): InstanceType<typeof Struct> {
  return Struct.fromJavaScript(encodeBag(properties));
}

function bag(wire: InstanceType<typeof Struct> | undefined): Bag {
  return decodeBag(wire?.toJavaScript() as Record<string, unknown> | undefined);
}
