/** Expressions, or selectors within them, that find nothing on a healthy stack, each with the reason why that is right. */
export const EXPECTED_EMPTY: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /^dive_v3_authorization_decisions_total\{decision="unavailable"\}$/, reason: "counted only while OPA cannot be asked; decisions that were made are there" },
  { pattern: /^dive_v3_http_requests_total\{.*status=~"5\.\."\}$/, reason: "no request has failed" },
];
