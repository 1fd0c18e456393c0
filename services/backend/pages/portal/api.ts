import type { Classification } from "../../../common/label/security-label.ts";
import type { WhoAmI } from "../../routes/whoami-route.ts";
import type { Session } from "./session.ts";

/** A resource as the backend describes it to who may read it. */
export interface ResourceView {
  readonly resourceId: string;
  readonly origin: string;
  readonly title: string;
  readonly classification: Classification;
  readonly releasabilityTo: readonly string[];
  readonly COI: readonly string[];
  readonly coiOperator: "ALL" | "ANY";
  readonly creationDate: string;
  readonly displayMarking: string | null;
  readonly size: number;
  readonly mimeType: string;
  readonly uploadedAt: string;
  readonly kas: { readonly url: string; readonly kid: string };
}

/** One page of the list. */
export interface ResourceList {
  readonly resources: readonly ResourceView[];
  readonly nextCursor?: string;
  /** Revocations cannot be checked at the moment, so that nothing above UNCLASSIFIED is shown. */
  readonly unclassifiedOnly: boolean;
}

/** The backend said no, or did not answer (status 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** The policy's reason, with 403. */
  readonly reason: string | undefined;
  readonly requestId: string | undefined;

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    const text = (name: string) => (typeof body[name] === "string" ? (body[name] as string) : undefined);
    super(text("message") ?? "The instance does not answer.");
    this.name = "ApiError";
    this.status = status;
    this.code = text("code") ?? "";
    this.reason = text("reason");
    this.requestId = text("requestId");
  }
}

/** The backend's routes, called with the session's token. Every method throws {@link ApiError}, or that nobody is signed in. */
export class Api {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  whoami(): Promise<WhoAmI> {
    return this.#json("/api/whoami");
  }

  list({ classification, cursor }: { readonly classification?: string; readonly cursor?: string }): Promise<ResourceList> {
    const query = new URLSearchParams({ limit: "50", ...(classification ? { classification } : {}), ...(cursor ? { cursor } : {}) });
    return this.#json(`/api/resources?${query}`);
  }

  describe(id: string): Promise<ResourceView> {
    return this.#json(`/api/resources/${encodeURIComponent(id)}`);
  }

  /** The sealed object as it comes. */
  async download(id: string): Promise<AsyncGenerator<Uint8Array, void, undefined>> {
    const { body } = await this.#request(`/api/resources/${encodeURIComponent(id)}/download`);
    if (body === null) throw new ApiError(0, {});
    return pieces(body);
  }

  upload(form: FormData): Promise<ResourceView> {
    return this.#json("/api/upload", { method: "POST", body: form });
  }

  async logout(): Promise<void> {
    await this.#request("/api/auth/logout", { method: "POST" });
  }

  async #json<T>(path: string, init: RequestInit = {}): Promise<T> {
    return (await (await this.#request(path, init)).json()) as T;
  }

  async #request(path: string, init: RequestInit = {}): Promise<Response> {
    const authorization = `Bearer ${await this.#session.accessToken()}`;
    const response = await fetch(path, { ...init, headers: { authorization }, credentials: "omit", cache: "no-store", redirect: "error" }).catch((error: unknown) => {
      throw new ApiError(0, { message: `The instance does not answer (${error instanceof Error ? error.message : String(error)}).` });
    });
    if (response.ok) return response;
    throw new ApiError(response.status, (await response.json().catch(() => ({}))) as Readonly<Record<string, unknown>>);
  }
}

/** Not every browser lets a stream be iterated over. */
async function* pieces(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
  } finally {
    await reader.cancel();
  }
}
