import { STATUS_CODES } from "node:http";
import { DiveError, describeError } from "../index.ts";
import type { FastifyError, FastifyInstance, FastifyRequest } from "fastify";

/** The body of every answer that is not a success. */
export interface ErrorBody {
  /** The status in words ("Unauthorized"). */
  readonly error: string;
  /** Stable name to match on ("DIVE_ERR_TOKEN_EXPIRED"). */
  readonly code: string;
  /** What went wrong, for people. */
  readonly message: string;
  /** The same as the header `x-request-id`; finds the log lines. */
  readonly requestId: string;
}

/** A request that is answered with 4xx. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
}

/**
 * Answers errors in one form. Messages of our own errors and of fastify's 4xx go out; anything else is logged in full
 * and answered as a bare 500, because its message may name what callers need not know.
 * @param onRefusal awaited before a 4xx is sent; must not reject. Default: nothing
 */
export function applyErrorAnswers(app: FastifyInstance, onRefusal: (request: FastifyRequest, refusal: Refusal) => Promise<void> = async () => undefined): void {
  app.setNotFoundHandler(async (request, reply) => {
    await onRefusal(request, { status: 404, code: "DIVE_ERR_NOT_FOUND" });
    const message = `There is no ${request.method} ${request.url.split("?", 1)[0]} here.`;
    return reply.code(404).send(body(404, "DIVE_ERR_NOT_FOUND", message, request));
  });
  app.setErrorHandler<FastifyError | DiveError>(async (error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500) await onRefusal(request, { status, code: error.code });
    if (error instanceof DiveError) {
      if (error.statusCode >= 500) request.log.error({ code: error.code, error: describeError(error) }, "request failed");
      return reply.code(error.statusCode).headers(error.headers).send(body(error.statusCode, error.code, error.message, request));
    }
    if (status >= 400 && status < 500) return reply.code(status).send(body(status, error.code, error.message, request));
    request.log.error({ err: error }, "request failed");
    return reply.code(500).send(body(500, "DIVE_ERR_INTERNAL", "The server failed to answer; its log knows why under this request id.", request));
  });
}

function body(status: number, code: string, message: string, request: FastifyRequest): ErrorBody {
  return { error: STATUS_CODES[status] ?? "Error", code, message, requestId: request.id };
}
