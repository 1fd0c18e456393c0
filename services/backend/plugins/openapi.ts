import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { UPLOAD_FIELDS } from "../resources/upload-form.ts";
import { ROUTE_SUMMARIES } from "../routes/summaries.ts";

/** Bodies that the service reads as they come, so that fastify does not check them as a whole: the route does, by the same schema. */
const STREAMED_BODIES: Readonly<Record<string, object>> = {
  "/api/upload": { ...UPLOAD_FIELDS, required: [...UPLOAD_FIELDS.required, "file"], properties: { ...UPLOAD_FIELDS.properties, file: { type: "string", format: "binary", description: "Comes last" } } },
};

/**
 * `GET /openapi.json`: OpenAPI 3.1 made of the schemas that check the requests, and of the policies. Call it after the policies are applied
 * and before any other route is registered.
 */
export async function registerOpenApi(app: FastifyInstance, instanceCode: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: `DIVE backend of ${instanceCode}`, version: "1" },
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
    },
    transform({ schema, url, route }) {
      const body = STREAMED_BODIES[url];
      const methods = Array.isArray(route.method) ? route.method : [route.method];
      const summary = ROUTE_SUMMARIES[`${methods[0] ?? ""} ${url}`];
      const needsToken = route.config?.routePolicy !== "public";
      return {
        url,
        schema: { ...(summary === undefined ? {} : { summary }), ...(needsToken ? { security: [{ bearer: [] }] } : {}), ...schema, ...(body === undefined ? {} : { body }) },
      };
    },
  });
  app.get("/openapi.json", { logLevel: "warn", schema: { summary: "This document" } }, async () => app.swagger());
}
