import type { KeyMemory } from "./check-link.ts";
import type { ProbeFailure } from "./probe-error.ts";

/** What runs statements: a pool or a client of `pg`. */
export interface Queryable {
  query(text: string, values?: readonly unknown[]): Promise<{ rows: any[]; rowCount: number | null }>;
}

/** `PENDING`: the other side has not configured its half yet; `STOPPED`: out of use by intent. Only `ACTIVE` links are probed; of a `PENDING` one it is seen when it can be active. */
export type LinkState = "PENDING" | "ACTIVE" | "STOPPED";

/** A partner's public descriptor. */
export interface Partner {
  readonly code: string;
  readonly role: "hub" | "spoke";
  readonly realm: string;
  readonly issuer: string;
  /** Public base of its Keycloak. */
  readonly keycloakUrl: string;
  /** Base of its Keycloak as the own containers reach it. */
  readonly keycloakInternalUrl: string;
  /** Its application's client, and one of that client's redirect URIs. */
  readonly clientId: string;
  readonly redirectUri: string;
  /** Base of its backend as the own containers reach it. */
  readonly backendInternalUrl: string;
  /** Alias of the broker in its realm that leads here. */
  readonly brokerAliasThere: string;
  /** Alias of the own broker that leads there. */
  readonly brokerAliasHere: string;
  readonly state: LinkState;
}

/** What is checked: discovery, keys and redirect (`link`), or a real sign-in (`verification`). */
export type CheckKind = "link" | "verification";
/** Why a check did not succeed; `circuit-open`: it was not made. */
export type HealthFailure = ProbeFailure | "circuit-open";

/** The last result of one check of one direction: the users of `source` sign in at `target`. */
export interface LinkHealth {
  readonly source: string;
  readonly target: string;
  readonly kind: CheckKind;
  /** Undefined: it succeeded. */
  readonly failure?: HealthFailure | undefined;
  readonly error?: string | undefined;
  /** Of the broker in `target`'s realm; undefined: not seen. */
  readonly brokerConfigured?: boolean | undefined;
  readonly latencyMs?: number | undefined;
  readonly checkedAt: Date;
  readonly lastSuccessAt?: Date | undefined;
  /** Code of the instance that made the check, or the command that did. */
  readonly reportedBy: string;
}

/** A direction of a link as recorded. */
export interface LinkDirection {
  readonly source: string;
  readonly target: string;
  readonly partner: string;
  readonly state: LinkState;
}

const COLUMNS = "code, role, realm, issuer, keycloak_url, keycloak_internal_url, client_id, redirect_uri, backend_internal_url";

/** One instance's partners, links and their health, in `orchestration.federation_*` of its own PostgreSQL. */
export class LinkStore {
  readonly #db: Queryable;
  readonly #own: string;

  /** @param own the instance's code */
  constructor(db: Queryable, own: string) {
    this.#db = db;
    this.#own = own;
  }

  /** Puts a partner and both directions of its link there, or renews them; a link that has become active does not go back to pending. Needs the owner's rights. */
  async save(partner: Partner): Promise<void> {
    const { code, role, realm, issuer, keycloakUrl, keycloakInternalUrl, clientId, redirectUri, backendInternalUrl, brokerAliasHere, brokerAliasThere, state } = partner;
    const columns = COLUMNS.split(", ");
    await this.#db.query(
      `WITH saved AS (
         INSERT INTO orchestration.federation_partners (${COLUMNS}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(", ")})
         ON CONFLICT (code) DO UPDATE SET ${columns.slice(1).map((column) => `${column} = EXCLUDED.${column}`).join(", ")}, updated_at = now()
         RETURNING code)
       INSERT INTO orchestration.federation_links (source, target, partner, broker_alias, state)
       SELECT direction.source, direction.target, saved.code, direction.alias, $10
       FROM saved, (VALUES ($1, $11, $12), ($11, $1, $13)) AS direction (source, target, alias)
       ON CONFLICT (source, target) DO UPDATE SET broker_alias = EXCLUDED.broker_alias, updated_at = now(),
         state = CASE WHEN EXCLUDED.state = 'PENDING' AND federation_links.state = 'ACTIVE' THEN 'ACTIVE' ELSE EXCLUDED.state END`,
      [code, role, realm, issuer, keycloakUrl, keycloakInternalUrl, clientId, redirectUri, backendInternalUrl, state, this.#own, brokerAliasHere, brokerAliasThere],
    );
  }

  /** Makes a pending link active, in both directions. @returns whether it was pending */
  async activate(code: string): Promise<boolean> {
    const { rows } = await this.#db.query("SELECT orchestration.activate_link($1) AS activated", [code]);
    return (rows[0] as { activated: boolean }).activated;
  }

  /** Takes a partner away with its link and their health. Needs the owner's rights. */
  async remove(code: string): Promise<void> {
    await this.#db.query("DELETE FROM orchestration.federation_partners WHERE code = $1", [code]);
  }

  /** Every partner, with the state of its link. */
  async partners(): Promise<Partner[]> {
    const { rows } = await this.#db.query(
      `SELECT ${COLUMNS.split(", ").map((column) => `p.${column}`).join(", ")}, inbound.broker_alias AS here, outbound.broker_alias AS there, inbound.state
       FROM orchestration.federation_partners p
       JOIN orchestration.federation_links inbound ON inbound.source = p.code AND inbound.target = $1
       JOIN orchestration.federation_links outbound ON outbound.source = $1 AND outbound.target = p.code
       ORDER BY p.code`,
      [this.#own],
    );
    return rows.map((row) => ({
      code: row.code, role: row.role, realm: row.realm, issuer: row.issuer, keycloakUrl: row.keycloak_url, keycloakInternalUrl: row.keycloak_internal_url,
      clientId: row.client_id, redirectUri: row.redirect_uri, backendInternalUrl: row.backend_internal_url,
      brokerAliasHere: row.here, brokerAliasThere: row.there, state: row.state,
    }));
  }

  /** Both directions of every link. */
  async links(): Promise<LinkDirection[]> {
    const { rows } = await this.#db.query("SELECT source, target, partner, state FROM orchestration.federation_links ORDER BY source, target");
    return rows;
  }

  /** Keeps a result, unless a later one is there already or the link is not there (any more). */
  async record(health: LinkHealth): Promise<void> {
    const { source, target, kind, failure, error, brokerConfigured, latencyMs, checkedAt, reportedBy } = health;
    const ok = failure === undefined;
    await this.#db.query(
      `INSERT INTO orchestration.federation_health AS h (source, target, check_kind, ok, failure, error, broker_configured, latency_ms, checked_at, last_success_at, reported_by)
       SELECT source, target, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM orchestration.federation_links WHERE source = $1 AND target = $2
       ON CONFLICT (source, target, check_kind) DO UPDATE SET ok = EXCLUDED.ok, failure = EXCLUDED.failure, error = EXCLUDED.error,
         broker_configured = coalesce(EXCLUDED.broker_configured, h.broker_configured), latency_ms = coalesce(EXCLUDED.latency_ms, h.latency_ms),
         checked_at = EXCLUDED.checked_at, last_success_at = coalesce(EXCLUDED.last_success_at, h.last_success_at), reported_by = EXCLUDED.reported_by
       WHERE EXCLUDED.checked_at >= h.checked_at`,
      [source, target, kind, ok, failure ?? null, error?.slice(0, 2000) ?? null, brokerConfigured ?? null, latencyMs ?? null, checkedAt, ok ? checkedAt : (health.lastSuccessAt ?? null), reportedBy],
    );
  }

  /** The last result of every check. */
  async health(): Promise<LinkHealth[]> {
    const { rows } = await this.#db.query("SELECT * FROM orchestration.federation_health ORDER BY source, target, check_kind");
    return rows.map((row) => ({
      source: row.source, target: row.target, kind: row.check_kind, failure: row.failure ?? undefined, error: row.error ?? undefined,
      brokerConfigured: row.broker_configured ?? undefined, latencyMs: row.latency_ms ?? undefined,
      checkedAt: row.checked_at, lastSuccessAt: row.last_success_at ?? undefined, reportedBy: row.reported_by,
    }));
  }

  /** What is remembered of a partner's keys. Remembering needs the owner's rights. */
  keysOf(partner: string): KeyMemory {
    return {
      known: async () => {
        const { rows } = await this.#db.query("SELECT key_ids FROM orchestration.federation_partners WHERE code = $1", [partner]);
        return rows[0]?.key_ids ?? undefined;
      },
      remember: async (keyIds) => void (await this.#db.query("UPDATE orchestration.federation_partners SET key_ids = $2 WHERE code = $1", [partner, keyIds])),
    };
  }
}
