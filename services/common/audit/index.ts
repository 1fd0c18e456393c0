export { AuditUnavailableError, createAuditTrail, type AuditCollection, type AuditStamp, type AuditTrail, type AuditTrailOptions } from "./audit-trail.ts";
