import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Asset } from "../web/assets.ts";
import { ASSET_PATH } from "../web/module-graph.ts";
import type { Pages } from "../web/pages.ts";

/** `/` and `/status`, and the files that they load. All of it is public and the same for everybody: what is not, the pages fetch with a token. */
export function registerPageRoutes(app: FastifyInstance, { portal, status, assets, contentSecurityPolicy }: Pages): void {
  const page = (html: Asset) => async (request: FastifyRequest, reply: FastifyReply) =>
    send(request, reply.headers({ "content-security-policy": contentSecurityPolicy, "cross-origin-opener-policy": "same-origin" }), html);
  app.get("/", page(portal));
  app.get("/status", page(status));
  // No part of the interface that the OpenAPI document describes.
  app.get(`${ASSET_PATH}/*`, { logLevel: "warn", schema: { hide: true } }, async (request, reply) => {
    const found = assets.get(request.url.split("?", 1)[0]!);
    if (found === undefined) return reply.callNotFound();
    return send(request, reply.header("cross-origin-resource-policy", "same-origin"), found);
  });
}

/** Browsers ask each time whether theirs is still the one: an upgrade must never leave pages of two versions mixed. */
function send(request: FastifyRequest, reply: FastifyReply, { type, body, etag }: Asset): FastifyReply {
  reply.headers({ etag, "cache-control": "no-cache" });
  if (request.headers["if-none-match"] === etag) return reply.code(304).send();
  return reply.type(type).send(body);
}
