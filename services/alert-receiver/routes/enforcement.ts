import { createHash, timingSafeEqual } from "node:crypto";
import { DiveError } from "@dive/common";
import type { FastifyRequest } from "fastify";
import type { RoutePolicy } from "./policies.ts";

/** What callers must show. */
export interface Credentials {
  /** Bearer token of the webhook. */
  readonly webhookToken: string;
  /** Login of readers, by HTTP's Basic scheme. Undefined: whoever reaches the port may read. */
  readonly login?: { readonly username: string; readonly password: string };
}

/** The checks of the policies. */
export function enforcementOf({ webhookToken, login }: Credentials): Readonly<Record<RoutePolicy, (request: FastifyRequest) => Promise<void>>> {
  const reader = login === undefined ? undefined : `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  return {
    public: async () => undefined,
    reader: async (request) => (reader === undefined ? undefined : demand(request, reader, 'Basic realm="alerts"')),
    webhook: async (request) => demand(request, `Bearer ${webhookToken}`, "Bearer"),
  };
}

function demand(request: FastifyRequest, expected: string, challenge: string): void {
  if (equal(request.headers.authorization ?? "", expected)) return;
  throw new DiveError("This needs a login that was not given.", { code: "DIVE_ERR_LOGIN", statusCode: 401, headers: { "www-authenticate": challenge } });
}

/** In a time that tells nothing of where two texts differ. */
function equal(a: string, b: string): boolean {
  const digest = (value: string) => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(a), digest(b));
}
