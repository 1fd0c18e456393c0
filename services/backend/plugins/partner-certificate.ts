import { TLSSocket } from "node:tls";
import { DiveError } from "@dive/common";
import type { FastifyRequest } from "fastify";
import type { PartnerBackend } from "../resources/partners.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Code of the partner whose backend calls, by its client certificate; `null` on other routes. */
    partner: string | null;
  }
}

/**
 * The partner whose certificate the connection was made with: one that our authority has signed, with a name that we expect.
 * @throws {DiveError} 401
 */
export function partnerOf({ raw: { socket } }: Pick<FastifyRequest, "raw">, partners: readonly PartnerBackend[]): string {
  const name = socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate().subject?.CN : undefined;
  const partner = partners.find(({ clientName }) => clientName === name);
  if (partner === undefined) throw new DiveError("This address is for the backends of partners, by their client certificates.", { code: "DIVE_ERR_PARTNER_UNKNOWN", statusCode: 401 });
  return partner.code;
}
