import type Docker from "dockerode";
import { connection } from "./connection.ts";
import type { ProviderInputs } from "./types.ts";

/** A refused or failed call to Docker; the message says what was tried and what Docker answered. */
export class DockerError extends Error {
  /** HTTP status of the answer; absent when there was none (daemon unreachable, call cancelled). */
  readonly status: number | undefined;
  constructor(message: string, status?: number) {
    super(message);
    this.name = "DockerError";
    this.status = status;
  }
}

/** One Docker daemon. Nothing is loaded or connected before the first call, so an operation without changes costs neither. */
export class DockerClient {
  readonly #config: ProviderInputs;
  #api: Promise<Docker> | undefined;

  constructor(config: ProviderInputs) {
    this.#config = config;
  }

  /**
   * Runs one call. `what` completes "cannot ..." in the error.
   * @throws {DockerError}
   */
  async call<T>(what: string, action: (docker: Docker) => Promise<T>): Promise<T> {
    this.#api ??= load(this.#config);
    const docker = await this.#api;
    try {
      return await action(docker);
    } catch (error) {
      throw explain(what, error);
    }
  }

  /** As {@link call}, but `undefined` where Docker answers that the object does not exist. */
  async find<T>(what: string, action: (docker: Docker) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.call(what, action);
    } catch (error) {
      if (error instanceof DockerError && error.status === 404) return undefined;
      throw error;
    }
  }
}

async function load(config: ProviderInputs): Promise<Docker> {
  const options = await connection(config, process.env);
  const { default: Client } = await import("dockerode");
  return new Client(options);
}

/** What dockerode and Node put on their errors. */
interface Failure {
  readonly message?: string;
  readonly statusCode?: number;
  readonly code?: string;
  readonly json?: { readonly message?: string };
}

function explain(what: string, error: unknown): DockerError {
  if (error instanceof DockerError) return error;
  const { message, statusCode, code, json } = (error ?? {}) as Failure;
  if (code === "ABORT_ERR") return new DockerError(`cannot ${what}: cancelled, or the time limit is over`);
  const unreachable = statusCode === undefined && ["ECONNREFUSED", "ENOENT", "EACCES", "EHOSTUNREACH", "ENOTFOUND"].includes(code ?? "");
  const hint = unreachable ? " (is the Docker daemon running, and is its address right?)" : "";
  // dockerode's own message only wraps Docker's answer, so as a cause it would say the same twice.
  return new DockerError(`cannot ${what}: ${json?.message ?? message ?? String(error)}${hint}`, statusCode);
}
