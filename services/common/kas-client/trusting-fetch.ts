import { fetch as undiciFetch, type Dispatcher } from "undici";
import type { Fetch } from "./kas-client.ts";

/** A `fetch` for Node with our own trust: the dispatcher is one of `createClientAgent`. */
export function createTrustingFetch(dispatcher: Dispatcher): Fetch {
  return (url, init) => undiciFetch(url, { ...init, dispatcher });
}
