import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";

/** `/`: a page that says what this is. Its code is the only thing filled in, and config allows letters only there. */
export function registerPageRoute(app: FastifyInstance, instanceCode: string): void {
  const page = readFileSync(new URL("../pages/index.html", import.meta.url), "utf8").replaceAll("{{code}}", instanceCode);
  app.get("/", async (_request, reply) => reply.type("text/html; charset=utf-8").send(page));
}
