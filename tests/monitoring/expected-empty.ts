/** Expressions, or selectors within them, that find nothing on a healthy stack, each with the reason why that is right. */
export const EXPECTED_EMPTY: readonly { readonly pattern: RegExp; readonly reason: string }[] = [];
