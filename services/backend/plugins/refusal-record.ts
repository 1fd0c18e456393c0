import { describeError, type Logger } from "@dive/common";
import type { AuditTrail } from "@dive/common/audit";
import type { Refusal } from "@dive/common/http";
import { whoAsked } from "../resources/decision-record.ts";
import type { FastifyRequest } from "fastify";
import "./partner-certificate.ts"; // declares `partner` and `certificate`

declare module "fastify" {
  interface FastifyRequest {
    /** Claims of a token whose signature is good, though the request may be refused for it: for records only, never to decide by. */
    presented: FastifyRequest["claims"];
  }
}

/** What the collection `audit` records of each request below `/api` that was refused otherwise than by a decision on a resource. */
export interface RefusalRecord {
  readonly event: "refusal";
  readonly requestId: string;
  readonly decision: "deny";
  /** Why, in a stable word: the error's code in lower case, without `DIVE_ERR_`. */
  readonly reason: string;
  readonly status: number;
  readonly method: string;
  /** The route's pattern; absent where there is no such route. */
  readonly route?: string;
  /** The path as it came, without its query, at most 256 characters. */
  readonly path: string;
  /** Code of the partner whose backend asked, by its certificate: on the exchange only. */
  readonly partner?: string;
  /** Name in the client certificate, signed by our authority but no partner's: on the exchange only. */
  readonly certificate?: string;
  /** From a token whose signature is good; absent when there was none. */
  readonly sub?: string;
  readonly uniqueID?: string;
  readonly issuer?: string;
  readonly ip: string;
  readonly userAgent?: string;
}

/**
 * Refusals that say nothing of an attack: nobody claimed to be somebody; somebody is told to wait, which would be a record for each retry; or
 * somebody left while waiting for what had been permitted.
 */
const UNRECORDED = new Set(["DIVE_ERR_TOKEN_MISSING", "DIVE_ERR_RATE_LIMIT", "DIVE_ERR_TRANSFER_ABANDONED"]);

/**
 * Records refusals in the audit trail, before they are answered. A record that cannot be written does not change the answer, which gives
 * nothing away; the log then has it instead.
 */
export function createRefusalRecorder(audit: Pick<AuditTrail<RefusalRecord>, "record">): (request: FastifyRequest, refusal: Refusal) => Promise<void> {
  return async (request, refusal) => {
    if (UNRECORDED.has(refusal.code) || !request.url.startsWith("/api/")) return;
    const record = recordOf(request, refusal);
    await audit.record(record).catch((error: unknown) => (request.log as Logger).error({ event: "refusal_not_recorded", record, error: describeError(error) }, "a refusal could not be recorded"));
  };
}

type Asked = FastifyRequest & Partial<Pick<FastifyRequest, "presented" | "partner" | "certificate">>;

function recordOf(request: FastifyRequest, { status, code }: Refusal): RefusalRecord {
  // People's port knows no partners, and the exchange no people.
  const { id, ip, method, url, headers, presented = null, partner = null, certificate = null, routeOptions } = request as Asked;
  const facts = { id, ip, userAgent: headers["user-agent"] };
  return {
    ...(presented === null ? withoutToken(facts) : whoAsked(presented, facts)),
    ...(partner === null ? {} : { partner }),
    ...(partner !== null || certificate === null ? {} : { certificate: certificate.slice(0, 64) }),
    event: "refusal", decision: "deny", reason: code.replace(/^DIVE_ERR_/, "").toLowerCase(), status, method,
    ...(routeOptions.url === undefined ? {} : { route: routeOptions.url }),
    path: url.split("?", 1)[0]!.slice(0, 256),
  };
}

const withoutToken = ({ id, ip, userAgent }: { readonly id: string; readonly ip: string; readonly userAgent: string | undefined }) => ({
  requestId: id, ip, ...(userAgent === undefined ? {} : { userAgent: userAgent.slice(0, 256) }),
});
