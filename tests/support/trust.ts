import { Agent, install, setGlobalDispatcher } from "undici";

/** Longest wait for the headers or for a chunk of a response, in ms: nothing in a test may hang. */
export const REQUEST_LIMIT_MS = 15_000;

/**
 * Makes `fetch` of this process, and so the Keycloak admin client, trust this CA and no other.
 * Node's own `fetch` has no option for a CA; undici's Agent has, and its `install` makes it the global one.
 *
 * @param ca certificate of the CA, PEM
 */
export function trustOnly(ca: string): void {
  install();
  setGlobalDispatcher(
    new Agent({
      connect: { ca, timeout: REQUEST_LIMIT_MS },
      headersTimeout: REQUEST_LIMIT_MS,
      bodyTimeout: REQUEST_LIMIT_MS,
    }),
  );
}
