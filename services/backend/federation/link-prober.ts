import { describeError, systemClock, type Clock, type Logger } from "@dive/common";
import {
  HttpClient, isCircuitOpen, probeHalf, ProbeError, signInThroughBroker,
  type HalfRound, type LinkBreaker, type LinkHealth, type LinkStore, type OidcSide, type Partner, type ProbeUser, type Routes,
} from "@dive/common/federation";
import type { CircuitView, FederationView } from "./view.ts";

/** The own realm as links see it. */
export interface OwnRealm extends Omit<OidcSide, "brokerAlias"> {
  /** Base of its Keycloak between containers. */
  readonly internalUrl: string;
  readonly probeUser: ProbeUser;
}

/** A breaker as the prober needs it. */
export interface ProberBreaker extends LinkBreaker {
  snapshot(): Promise<Omit<CircuitView, "partner">>;
}

/** Settings of {@link LinkProber}; times in milliseconds. */
export interface LinkProberOptions {
  readonly own: OwnRealm;
  readonly store: Pick<LinkStore, "partners" | "links" | "health" | "record" | "activate">;
  readonly view: FederationView;
  readonly breakerFor: (partner: string) => ProberBreaker;
  /** Fetches what a spoke's backend reports; only the hub has it. */
  readonly reportOf?: (partner: Partner, signal: AbortSignal) => Promise<readonly LinkHealth[]>;
  /** Told that a pending link has become active; only the hub has more to do about it than the record says. */
  readonly onActive?: (partner: string) => Promise<void>;
  /** The authorities, PEM, that vouch for the Keycloak of an instance: the own one or a partner's. */
  readonly authorities: (code: string) => readonly string[];
  readonly logger: Logger;
  /** From the start of one round to the start of the next; between two there is a pause of at least a tenth of it. Default 30,000. */
  readonly intervalMs?: number;
  /** Time between two scripted sign-ins of a direction that worked; one that failed is tried again in the next round. Default 300,000. */
  readonly verificationMs?: number;
  readonly clock?: Clock;
}

/**
 * Checks the brokers of the own realm again and again, and signs in with the own probe user at each partner from time to time, both behind
 * the partner's persisted breaker. Results go into the view and the database; a database that is down is logged and does not end it,
 * but then no breaker can be asked either, so nothing is probed and every link counts as unavailable.
 */
export class LinkProber {
  readonly #options: Required<Omit<LinkProberOptions, "reportOf" | "onActive">> & Pick<LinkProberOptions, "reportOf" | "onActive">;
  readonly #stop = new AbortController();
  #partners: readonly Partner[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(options: LinkProberOptions) {
    this.#options = { intervalMs: 30_000, verificationMs: 300_000, clock: systemClock, ...options };
  }

  /** Begins with a round at once. */
  start(): void {
    if (this.#stop.signal.aborted || this.#running) return;
    const { clock, intervalMs } = this.#options;
    const began = clock.now();
    this.#running = this.round().finally(() => {
      this.#running = undefined;
      // From start to start: partners that answer slowly, or not at all, must not delay the news of it.
      const left = Math.min(intervalMs, Math.max(intervalMs / 10, intervalMs - (clock.now() - began)));
      if (!this.#stop.signal.aborted) this.#timer = setTimeout(() => this.start(), left).unref();
    });
  }

  /** Ends it; resolves when the round that is under way has ended. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("the backend is closing"));
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** One round over all active partners, and a look at the pending ones, side by side. Never rejects. */
  async round(): Promise<void> {
    const { store, view, logger, own, authorities } = this.#options;
    try {
      const [partners, links, health] = await Promise.all([store.partners(), store.links(), store.health()]);
      this.#partners = partners;
      view.load(links, health);
    } catch (error) {
      // The partners known so far are probed all the same, so that the status says what is wrong.
      logger.warn({ component: "federation", event: "record_unavailable", error: describeError(error) }, "the federation's record cannot be read");
    }
    const active = this.#partners.filter(({ state }) => state === "ACTIVE");
    const pending = this.#partners.filter(({ state }) => state === "PENDING");
    const routes: Routes = { [own.publicBase]: own.internalUrl, ...Object.fromEntries([...active, ...pending].map((partner) => [partner.keycloakUrl, partner.keycloakInternalUrl])) };
    // The own one first: no partner's record may say who vouches for it.
    const instances = [{ code: own.code, keycloakUrl: own.publicBase }, ...this.#partners];
    const at = (origin: string) => instances.find(({ keycloakUrl }) => new URL(keycloakUrl).origin === origin);
    await using http = new HttpClient((origin) => authorities(at(origin)?.code ?? own.code), undefined, routes);
    await Promise.all([...active.map((partner) => this.#partner(http, partner)), ...pending.map((partner) => this.#pending(http, partner))]);
  }

  /**
   * Whether a pending partner's half is there by now: its issuer answers, and a sign-in here with its broker ends at its login form. That it
   * does not is no failure, so nothing is counted or recorded; once it does, the link is active and probed from the next round on.
   */
  async #pending(http: HttpClient, partner: Partner): Promise<void> {
    const { own, store, logger, onActive } = this.#options;
    const found = await probeHalf(http, { ...own, brokerAlias: partner.brokerAliasHere }, sideOf(partner), this.#stop.signal).catch((error: unknown) => {
      if (this.#stop.signal.aborted) return undefined; // the backend is closing
      throw error;
    });
    if (found === undefined || found.error) return;
    await this.#ask("activation", partner, async () => {
      await onActive?.(partner.code);
      if (await store.activate(partner.code)) logger.info({ component: "federation", event: "link_active", partner: partner.code }, "the partner's half is there: the link is active");
    });
  }

  async #partner(http: HttpClient, partner: Partner): Promise<void> {
    const { own, view, breakerFor, reportOf, clock, verificationMs } = this.#options;
    const breaker = breakerFor(partner.code);
    const link = await this.#link(http, partner, breaker);
    const last = view.last(own.code, partner.code, "verification");
    const due = last === undefined || last.failure !== undefined || clock.now() - last.checkedAt.getTime() >= verificationMs;
    if (due && !this.#stop.signal.aborted) await this.#verification(http, partner, breaker, link);
    await this.#ask("circuit", partner, async () => view.putCircuit({ partner: partner.code, ...(await breaker.snapshot()) }));
    if (reportOf) await this.#ask("report", partner, async () => {
      for (const health of await reportOf(partner, this.#stop.signal)) await this.#keep(health);
    });
  }

  /** The own broker to the partner: the partner's users sign in here. */
  async #link(http: HttpClient, partner: Partner, breaker: LinkBreaker): Promise<LinkHealth | undefined> {
    const { own } = this.#options;
    let found: HalfRound | undefined;
    return this.#check({ source: partner.code, target: own.code, kind: "link" }, breaker, async (signal) => {
      found = await probeHalf(http, { ...own, brokerAlias: partner.brokerAliasHere }, sideOf(partner), signal);
      if (found.error) throw found.error;
    }, () => ({ brokerConfigured: found?.brokerConfigured }));
  }

  /** The own probe user signs in at the partner; not tried when the round has found it unavailable: the same outage must not count twice. */
  async #verification(http: HttpClient, partner: Partner, breaker: LinkBreaker, link: LinkHealth | undefined): Promise<void> {
    const { own } = this.#options;
    const direction = { source: own.code, target: partner.code, kind: "verification" } as const;
    if (link?.failure === "unavailable" || link?.failure === "circuit-open") {
      const { failure, error, checkedAt, reportedBy } = link;
      return this.#keep({ ...direction, failure, error: `not tried: ${error}`, checkedAt, reportedBy });
    }
    const signIn = { source: { ...own, brokerAlias: partner.brokerAliasHere }, target: sideOf(partner), user: own.probeUser };
    await this.#check(direction, breaker, async (signal) => void (await signInThroughBroker(http, signIn, { signal })));
  }

  async #check(direction: Pick<LinkHealth, "source" | "target" | "kind">, breaker: LinkBreaker, work: (signal: AbortSignal) => Promise<void>, seen: () => Partial<LinkHealth> = () => ({})): Promise<LinkHealth | undefined> {
    const { clock, own, logger } = this.#options;
    const started = clock.now();
    const result = () => ({ ...direction, ...seen(), checkedAt: new Date(clock.now()), reportedBy: own.code });
    try {
      await breaker.execute((signal) => work(AbortSignal.any([signal, this.#stop.signal])), this.#stop.signal);
      const health = { ...result(), latencyMs: clock.now() - started };
      await this.#keep(health);
      return health;
    } catch (error) {
      if (this.#stop.signal.aborted) return undefined;
      // An error that is none of ours comes from the breaker's store: nobody may be asked then.
      const failure = isCircuitOpen(error) ? "circuit-open" : error instanceof ProbeError ? error.kind : "unavailable";
      logger.warn({ component: "federation", event: "check_failed", ...direction, failure, error: describeError(error) }, "federation check failed");
      const health = { ...result(), failure, error: describeError(error) } as const;
      await this.#keep(health);
      return health;
    }
  }

  async #keep(health: LinkHealth): Promise<void> {
    const { view, store, logger } = this.#options;
    view.put(health);
    try {
      await store.record(health);
    } catch (error) {
      logger.warn({ component: "federation", event: "record_unavailable", error: describeError(error) }, "a result could not be recorded");
    }
  }

  async #ask(what: string, partner: Partner, work: () => Promise<void>): Promise<void> {
    if (this.#stop.signal.aborted) return;
    try {
      await work();
    } catch (error) {
      this.#options.logger.warn({ component: "federation", event: `${what}_unavailable`, partner: partner.code, error: describeError(error) }, `the ${what} of the link cannot be had`);
    }
  }
}

function sideOf(partner: Partner): OidcSide {
  const { code, keycloakUrl, realm, issuer, clientId, redirectUri, brokerAliasThere } = partner;
  return { code, publicBase: keycloakUrl, realm, issuer, clientId, redirectUri, brokerAlias: brokerAliasThere };
}
