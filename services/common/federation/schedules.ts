/** Pauses of a link's check, milliseconds: propagation takes 5-30 s, so a minute of patience is normal. The first round is made at once. */
export const LINK_DELAYS_MS = [2000, 4000, 8000, 16000, 32000] as const;
/** The same of a verification: by then the link was seen to work. */
export const VERIFICATION_DELAYS_MS = [3000, 6000, 12000, 24000] as const;
/** Hard end of a check, milliseconds, ... */
export const DEADLINE_MS = 120_000;
/** ... of which the last part is kept for explaining a failure. */
export const EXPLAIN_MS = 7_000;
