import type { PortalSettings } from "../../web/portal-settings.ts";
import { SignInError, beginSignIn, endSessionUrl, isAnswer, readAnswer, redeem, renew, type PendingSignIn, type Realm, type SignInWish, type Tokens } from "./oidc.ts";

/** Nobody is signed in any more. */
export class SignedOutError extends Error {}

/** Renewed when it has less than this left, in milliseconds. */
const RENEW_BEFORE_MS = 30_000;

/**
 * The person's session. Tokens are in this object's memory and nowhere else: a script that got into another tab, an extension that reads
 * storage, or whoever sits down at the machine later finds none, and there is no cookie that a foreign page could make the browser send.
 * A reload fetches new ones through the realm's own session, without a form. What lies in the tab's storage meanwhile is worth nothing
 * without the answer of the realm (state, PKCE verifier) or says only that somebody was signed in, and through which broker.
 */
export class Session {
  readonly #realm: Realm;
  readonly #pendingKey: string;
  readonly #signedInKey: string;
  #tokens: Tokens | undefined;
  #renewing: Promise<Tokens> | undefined;
  #broker: string | undefined;

  constructor({ code, issuer, clientId }: Pick<PortalSettings, "code" | "issuer" | "clientId">) {
    this.#realm = { issuer, clientId, redirectUri: `${location.origin}/` };
    this.#pendingKey = `dive-${code.toLowerCase()}-sign-in`;
    this.#signedInKey = `dive-${code.toLowerCase()}-signed-in`;
  }

  /** Takes up what the page was loaded with: the realm's answer, or a session from before a reload. @returns whether somebody is signed in @throws {SignInError} */
  async resume(): Promise<boolean> {
    if (isAnswer(location.hash)) return this.#finish(location.hash);
    const broker = sessionStorage.getItem(this.#signedInKey);
    if (broker === null) return false;
    await this.signIn({ silent: true, route: location.hash, ...(broker === "" ? {} : { broker }) });
    return false;
  }

  /** Leaves the page for the realm; the promise never ends. */
  async signIn(wish: SignInWish): Promise<never> {
    const { url, pending } = await beginSignIn(this.#realm, wish);
    sessionStorage.setItem(this.#pendingKey, JSON.stringify(pending));
    location.assign(url);
    return new Promise<never>(() => undefined);
  }

  /** Leaves for the second factor, which a guest gives at home: the realm here has none of theirs to ask for. The promise never ends. */
  async stepUp(): Promise<never> {
    return this.signIn({ secondFactor: true, route: location.hash, ...(this.#broker === undefined ? {} : { broker: this.#broker }) });
  }

  /** A token that is still good. @throws {SignedOutError} */
  async accessToken(): Promise<string> {
    if (this.#tokens === undefined) throw new SignedOutError();
    if (this.#tokens.expiresAt - Date.now() > RENEW_BEFORE_MS) return this.#tokens.accessToken;
    // Each refresh token is good once: two requests at a time must not both use it.
    this.#renewing ??= this.#renew(this.#tokens).finally(() => (this.#renewing = undefined));
    return (await this.#renewing).accessToken;
  }

  /** Forgets the tokens, because they are of no more use. */
  forget(): void {
    this.#tokens = undefined;
    sessionStorage.removeItem(this.#signedInKey);
  }

  /** Leaves for the realm to end its session, after the tokens were revoked; the promise never ends. */
  async end(): Promise<never> {
    const idToken = this.#tokens?.idToken;
    this.forget();
    location.assign(idToken === undefined ? "/" : endSessionUrl(this.#realm, idToken));
    return new Promise<never>(() => undefined);
  }

  async #finish(fragment: string): Promise<boolean> {
    const stored = sessionStorage.getItem(this.#pendingKey);
    sessionStorage.removeItem(this.#pendingKey);
    const pending = stored === null ? undefined : (JSON.parse(stored) as PendingSignIn);
    // Neither the address bar nor the history keeps the code.
    history.replaceState(null, "", `/${pending?.route ?? ""}`);
    try {
      const code = readAnswer(fragment, pending, this.#realm.issuer);
      this.#tokens = await redeem(this.#realm, code, pending!);
      this.#broker = pending!.broker;
      sessionStorage.setItem(this.#signedInKey, this.#broker ?? "");
      return true;
    } catch (error) {
      sessionStorage.removeItem(this.#signedInKey);
      // Nobody was asked, so that nobody has to be told.
      if (pending?.silent === true && error instanceof SignInError) return false;
      throw error;
    }
  }

  async #renew({ refreshToken }: Tokens): Promise<Tokens> {
    try {
      if (refreshToken === undefined) throw new SignedOutError();
      this.#tokens = await renew(this.#realm, refreshToken);
      return this.#tokens;
    } catch (error) {
      if (error instanceof SignInError && error.code === "realm_unreachable") throw error;
      this.forget();
      throw new SignedOutError();
    }
  }
}
