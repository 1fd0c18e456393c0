/** Expressions, or selectors within them, that find nothing on a healthy stack, each with the reason why that is right. */
export const EXPECTED_EMPTY: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /^ALERTS\{alertstate="firing", [^}]*\}$/, reason: "nothing fires but the Watchdog" },
  { pattern: /^dive_v3_authorization_decisions_total\{decision="unavailable"[,}]/, reason: "counted only while OPA cannot be asked; decisions that were made are there" },
  { pattern: /^dive_v3_http_requests_total\{.*status=~"5\.\."\}$/, reason: "no request has failed" },
  { pattern: /^(instance_result:dive_v3_kas_key_requests:rate5m|dive_v3_kas_key_requests_total)\{result="(deny|refused|unavailable)"[,}]/, reason: "who may have a document may have its key, and the tests ask for no other; keys that were given are there" },
];
