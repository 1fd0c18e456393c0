import { setTimeout as delay } from "node:timers/promises";
import { describeError, DiveError } from "@dive/common";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { SpokeDescriptor, SpokeRegistry } from "../federation/registry.ts";
import type { FederationView } from "../federation/view.ts";

/** What the federation's routes work on. */
export interface FederationRouteOptions {
  readonly instanceCode: string;
  readonly view: FederationView;
  /** The hub's registry; a spoke's is empty. */
  readonly registry: SpokeRegistry;
}

/** Longest wait for the registry when the status is asked for, milliseconds: partners wait 3 s for the whole answer. */
const REGISTRY_LIMIT_MS = 1_500;

const httpsUrl = { type: "string", pattern: "^https://[^\\s/?#]+(/[^\\s?#]*[^\\s/?#])?$", maxLength: 300 } as const;
const name = { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$" } as const;

const params = { type: "object", required: ["code"], properties: { code: { type: "string", pattern: "^[A-Za-z]{3}$" } } } as const;
const body = {
  type: "object",
  additionalProperties: false,
  required: ["issuer", "realm", "clientId", "keycloakUrl", "backendUrl", "brokerAlias", "state"],
  properties: {
    issuer: httpsUrl, realm: name, clientId: name, keycloakUrl: httpsUrl, backendUrl: httpsUrl, brokerAlias: name,
    state: { type: "string", enum: ["PENDING", "ACTIVE", "STOPPED"] },
  },
} as const;

interface Spoke {
  Params: { code: string };
  Body: SpokeDescriptor;
}

/**
 * `GET /api/federation/status`: registry and links, without the texts of errors, since anybody may ask.
 * `PUT` and `DELETE /api/federation/spokes/:code`: the registry's only writers, for the deployment's service account.
 */
export function registerFederationRoutes(app: FastifyInstance, { instanceCode, view, registry }: FederationRouteOptions): void {
  app.get("/api/federation/status", { logLevel: "warn" }, async (request) => ({
    instance: instanceCode,
    timestamp: new Date().toISOString(),
    // `null`: the registry cannot be reached. What is known of the links is told all the same.
    spokes: await listed(request),
    links: view.status(Date.now()),
  }));

  app.put<Spoke>("/api/federation/spokes/:code", { schema: { params, body } }, async (request, reply) => {
    const code = codeOf(request.params.code, instanceCode);
    await reached(() => registry.put(code, request.body));
    request.log.info({ event: "spoke_registered", code, by: request.claims?.sub }, "spoke registered");
    return reply.code(204).send();
  });

  app.delete<Spoke>("/api/federation/spokes/:code", { schema: { params } }, async (request, reply) => {
    const code = codeOf(request.params.code, instanceCode);
    if (!(await reached(() => registry.remove(code)))) throw new DiveError(`There is no spoke ${code} in the registry.`, { code: "DIVE_ERR_SPOKE_UNKNOWN", statusCode: 404 });
    request.log.info({ event: "spoke_removed", code, by: request.claims?.sub }, "spoke removed");
    return reply.code(204).send();
  });

  async function listed(request: FastifyRequest) {
    try {
      const spokes = await within(REGISTRY_LIMIT_MS, registry.list());
      return spokes.map(({ _id, ...spoke }) => ({ code: _id, ...spoke }));
    } catch (error) {
      request.log.warn({ component: "federation", event: "registry_unavailable", error: describeError(error) }, "the registry cannot be read");
      return null;
    }
  }
}

function codeOf(given: string, own: string): string {
  const code = given.toUpperCase();
  if (code === own) throw new DiveError(`${own} is this instance: it cannot be its own spoke.`, { code: "DIVE_ERR_SPOKE_INVALID", statusCode: 400 });
  return code;
}

/** The registry's answer, or a 503 that says to come again. */
async function reached<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw new DiveError("The registry cannot be reached at the moment. Try again later.", {
      code: "DIVE_ERR_REGISTRY_UNAVAILABLE", statusCode: 503, headers: { "retry-after": "5" }, cause: new Error(describeError(error)),
    });
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const limit = new AbortController();
  const late = delay(ms, undefined, { signal: limit.signal, ref: false }).then(() => Promise.reject<T>(new Error(`no answer within ${ms} ms`)));
  try {
    return await Promise.race([work, late]);
  } finally {
    limit.abort();
  }
}
