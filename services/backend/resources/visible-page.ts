import type { Decision } from "@dive/common/opa";
import type { Classification } from "@dive/common/label";
import type { CursorCodec } from "./cursor.ts";
import { questionAbout, type Asker, type Enforcement } from "./enforcement.ts";
import { RevocationsStaleError } from "./errors.ts";
import type { ResourceDocument } from "./resource.ts";
import type { ResourceStore } from "./resource-store.ts";

/** Which part of the list is asked for. */
export interface ListRequest {
  readonly classification?: Classification;
  readonly cursor?: string;
  /** Most resources in the answer. */
  readonly limit: number;
}

/** What a caller may see of the list. */
export interface VisiblePage {
  readonly visible: readonly { readonly resource: ResourceDocument; readonly decision: Decision }[];
  /** How the list goes on; absent at its end. A page may have fewer than `limit` and still go on. */
  readonly nextCursor?: string;
  /** Revocations cannot be checked, so only what is UNCLASSIFIED was looked at. */
  readonly unclassifiedOnly: boolean;
}

/** What {@link visiblePage} works with. */
export interface ListParts {
  readonly store: Pick<ResourceStore, "page">;
  readonly enforcement: Enforcement;
  readonly cursors: CursorCodec;
}

/** Most resources that one request looks at, so that its time and its decisions are bounded however little the caller may see. */
const MOST_LOOKED_AT = 200;

/** The next resources, newest first, that policy lets the caller read. Each one looked at is a decision of its own. */
export async function visiblePage(asker: Asker, { classification, cursor, limit }: ListRequest, { store, enforcement, cursors }: ListParts): Promise<VisiblePage> {
  const unclassifiedOnly = enforcement.unclassifiedOnly(asker.claims);
  if (unclassifiedOnly && classification !== undefined && classification !== "UNCLASSIFIED") throw new RevocationsStaleError();
  const wanted = unclassifiedOnly ? "UNCLASSIFIED" : classification;
  const visible: { resource: ResourceDocument; decision: Decision }[] = [];
  let before = cursor === undefined ? undefined : cursors.read(cursor);
  let looked = 0;
  while (looked < MOST_LOOKED_AT && visible.length < limit) {
    // One more than needed tells whether the list goes on.
    const size = Math.min(limit - visible.length, MOST_LOOKED_AT - looked);
    const found = await store.page({ ...(before === undefined ? {} : { before }), ...(wanted === undefined ? {} : { classification: wanted }), limit: size + 1 });
    const candidates = found.slice(0, size);
    if (candidates.length > 0) {
      const decisions = await enforcement.decide(asker, ...candidates.map((resource) => questionAbout("read", resource)));
      candidates.forEach((resource, index) => {
        const decision = decisions[index]!;
        if (decision.allow) visible.push({ resource, decision });
      });
    }
    looked += candidates.length;
    if (found.length <= size) return { visible, unclassifiedOnly };
    before = candidates.at(-1)!._id;
  }
  return { visible, unclassifiedOnly, ...(before === undefined ? {} : { nextCursor: cursors.write(before) }) };
}
