/** Codes of Node for a connection that could not be made or was cut. */
const NETWORK = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);
/** SQLSTATEs of a server that shuts down or starts (PostgreSQL manual, appendix A, classes 08 and 57). */
const SERVER = /^(08...|57P0[123])$/;
/** What the driver says without a code. */
const DRIVER = /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether an error of the driver says that the connection is gone, so that the call may succeed on a new one. */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (error instanceof AggregateError) return error.errors.some(isConnectionLoss);
  if (typeof code === "string") return NETWORK.has(code) || SERVER.test(code);
  return DRIVER.test(error.message);
}
