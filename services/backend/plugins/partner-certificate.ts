import { X509Certificate } from "node:crypto";
import { TLSSocket } from "node:tls";
import { DiveError } from "@dive/common";
import { declareRoutePolicies } from "@dive/common/http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { authorityOf, type PartnerBackend } from "../resources/partners.ts";
import { EXCHANGE_POLICIES } from "../routes/policies.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Code of the partner whose backend calls, by its client certificate; `null` before the check. */
    partner: string | null;
    /** Name in the client certificate, which our authority or a partner's has signed, whoever it is; `null` before the check. For records only. */
    certificate: string | null;
  }
}

/** Applies the table of policies of the exchange; nothing reads a request before its partner is known. @param ownAuthorities ours, PEM */
export function applyPartnerPolicies(app: FastifyInstance, partners: readonly PartnerBackend[], ownAuthorities: readonly string[]): void {
  app.decorateRequest("partner", null);
  app.decorateRequest("certificate", null);
  const enforce = {
    "partner-backend": async (request: FastifyRequest) => {
      request.certificate = certificateName(request) ?? null;
      request.partner = partnerOf(request, partners, ownAuthorities);
    },
  };
  app.addHook("onRequest", declareRoutePolicies(app, { policies: EXCHANGE_POLICIES, order: ["partner-backend"], enforce }));
}

/**
 * The partner whose certificate the connection was made with: one with a name that we expect, which the authority of that very partner has
 * signed. Every partner's authority may sign any name, so the name alone says nothing.
 * @throws {DiveError} 401
 */
export function partnerOf(request: Pick<FastifyRequest, "raw">, partners: readonly PartnerBackend[], ownAuthorities: readonly string[]): string {
  const name = certificateName(request);
  const partner = partners.find((one) => one.clientName === name && isSignedBy(request, authorityOf(one, ownAuthorities)));
  if (partner === undefined) throw new DiveError("This address is for the backends of partners, by their client certificates.", { code: "DIVE_ERR_PARTNER_UNKNOWN", statusCode: 401 });
  return partner.code;
}

/** None when it has several: whose it is is then not clear. */
function certificateName({ raw: { socket } }: Pick<FastifyRequest, "raw">): string | undefined {
  const name: unknown = socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate().subject?.CN : undefined;
  return typeof name === "string" ? name : undefined;
}

function isSignedBy({ raw: { socket } }: Pick<FastifyRequest, "raw">, authorities: readonly string[]): boolean {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return certificate !== undefined && authorities.map((pem) => new X509Certificate(pem)).some((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
}
