// Runs in browsers and, for its tests, in Node.
import { KasError } from "../../../common/kas-client/kas-client.ts";
import { SealedObjectError } from "../../../common/sealed/sealed-error.ts";
import { ApiError } from "./api.ts";
import { SignInError } from "./oidc.ts";

/** An error in words for the person at the page. */
export interface Explanation {
  readonly title: string;
  readonly text: string;
  /** What would help. Default: nothing that the page could offer. */
  readonly remedy?: "second-factor" | "sign-in" | "retry";
  /** Finds the service's log lines. */
  readonly requestId?: string;
}

/** The policy's reasons that a person can do something about, or should understand; any other is shown as it is. */
const REASONS: Readonly<Record<string, string>> = {
  authentication_insufficient: "This classification needs a second factor. You signed in with your password alone.",
  clearance_insufficient: "Your clearance is below the classification of this document.",
  country_not_releasable: "This document is not releasable to your nation.",
  releasable_to_nobody: "This document is not releasable to any nation.",
  coi_not_satisfied: "This document is for communities of interest that you do not belong to.",
  embargoed: "This document is under embargo and may not be read yet.",
  upload_not_releasable_to_own_country: "A document that you upload must be releasable to your own nation.",
  invalid_releasability: "The releasability names something that is no country of the coalition.",
  unknown_coi: "The label names a community of interest that the coalition does not know.",
  country_not_federated: "Your nation is not a member of this federation.",
  no_equivalence_table: "There is no table of equivalents for the national classification.",
  integrity_not_valid: "The label of this document is not the one that it was sealed with. It is not given out.",
  not_releasable_to_industry: "This document is not releasable to industry.",
};

/** Says what went wrong. Nothing is left out: what has no words of its own comes with the service's. */
export function explain(error: unknown): Explanation {
  if (error instanceof ApiError) return { ...explainAnswer(error), ...(error.requestId === undefined ? {} : { requestId: error.requestId }) };
  if (error instanceof KasError) return explainKas(error);
  if (error instanceof SignInError) return explainSignIn(error);
  if (error instanceof SealedObjectError) return { title: "This document does not open", text: `${error.message} It was changed on its way, or in its store; nothing of it is shown.` };
  return { title: "Something went wrong in this page", text: error instanceof Error ? error.message : String(error) };
}

function explainAnswer({ status, code, reason, message }: ApiError): Explanation {
  if (reason !== undefined) {
    const text = REASONS[reason] ?? `The access policy does not permit this: ${reason.replaceAll("_", " ")}.`;
    return { title: "Access denied", text, ...(reason === "authentication_insufficient" ? { remedy: "second-factor" as const } : {}) };
  }
  if (status === 401) {
    const text = code === "DIVE_ERR_TOKEN_REVOKED" ? "Your session was ended: by a sign-out, or by an administrator." : "Your session has ended.";
    return { title: "You are signed out", text: `${text} Sign in again to go on.`, remedy: "sign-in" };
  }
  if (status === 404) return { title: "No such document", text: "There is no document with this identifier, or its nation is not linked with this instance." };
  if (status === 413) return { title: "The file is too large", text: "A document may have 100 MiB at most." };
  if (status === 429) return { title: "Too many requests", text: message, remedy: "retry" };
  if (status === 503 || status === 0) return { title: "Not available at the moment", text: `${message} Nothing is given out meanwhile.`, remedy: "retry" };
  return { title: status < 500 ? "This was not accepted" : "The instance failed", text: message };
}

function explainKas({ status, code, message }: KasError): Explanation {
  if (status === 403) return { title: "The key was refused", text: "The key access service of the nation that owns this document decides for itself, and does not release the key to you." };
  if (status === 401) return { title: "The key was refused", text: `The key access service did not accept this session (${code ?? "no reason given"}). Sign in again.`, remedy: "sign-in" };
  if (status === 0 || status === 429 || status === 503) return { title: "The key cannot be had at the moment", text: `${message}.`, remedy: "retry" };
  return { title: "The key was refused", text: message };
}

function explainSignIn({ code, message }: SignInError): Explanation {
  if (code === "access_denied") return { title: "You were not signed in", text: "Your nation did not confirm who you are, or this instance does not accept it." };
  return { title: "You were not signed in", text: message, remedy: "sign-in" };
}
