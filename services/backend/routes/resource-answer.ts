import type { Decision } from "@dive/common/opa";
import type { FastifyReply, FastifyRequest } from "fastify";
import { originOf, type ResourceDocument } from "../resources/resource.ts";
import type { Asker } from "../resources/enforcement.ts";

/** What anybody is told of a resource that they may read. */
export function describeResource({ _id, title, label, size, mimeType, uploadedAt, manifest }: ResourceDocument, { obligations, evaluation_details: details }: Decision) {
  const [{ kas, kid }] = manifest.encryptionInformation.keyAccess;
  const marking = (details["resource"] as { displayMarking?: unknown } | undefined)?.displayMarking;
  return {
    resourceId: _id, origin: originOf(_id), title, ...label,
    displayMarking: typeof marking === "string" ? marking : null,
    size, mimeType, encrypted: true, uploadedAt: uploadedAt.toISOString(), kas: { url: kas, kid }, obligations,
  };
}

/** Who asks, out of a request whose policy has checked the token. */
export function askerOf(request: FastifyRequest): Asker {
  const { claims, id, ip, headers, method, url } = request;
  if (claims === null) throw new Error(`${method} ${url} was reached without a checked token; its policy must be authenticated`);
  return { claims, request: { id, ip, userAgent: headers["user-agent"] } };
}

/** 403 with the policy's reason. Nothing of the resource but its id: the label is for those who may read it. */
export function deny(request: FastifyRequest, reply: FastifyReply, resourceId: string, { reason, evaluation_details: details }: Decision): FastifyReply {
  const shown = Object.fromEntries(["checks", "attributes", "authentication", "policy"].filter((name) => name in details).map((name) => [name, details[name]]));
  request.log.info({ event: "access_denied", resourceId, reason }, "access denied");
  return reply.code(403).send({
    error: "Forbidden", code: "DIVE_ERR_POLICY_DENIED", message: `The access policy does not permit this: ${reason}.`, reason,
    details: { evaluation_details: shown, resource: { resourceId }, subject: details["subject"] ?? {} },
    requestId: request.id,
  });
}
