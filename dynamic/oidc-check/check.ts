import { PersistentCircuitBreaker, PostgresCircuitStore } from "@dive/common/circuit";
import { checkLink, firstRound, LINK_CIRCUIT, LINK_DELAYS_MS, linkRound, LinkStore, verificationRound, VERIFICATION_DELAYS_MS, type CheckOptions, type LinkHalf } from "@dive/common/federation";
import { createPostgresPool, type PostgresPool } from "@dive/common/postgres";
import type { CheckedSide, OidcCheckInputs } from "./provider.ts";

type Inputs = Pick<OidcCheckInputs, "kind" | "from" | "to">;
type Options = Partial<Pick<CheckOptions, "clock" | "signal" | "onAttempt" | "delaysMs" | "routes">> & {
  /** Told of each direction that a verification proved. */
  readonly onVerified?: (source: string, target: string, latencyMs: number) => void;
};

/** Runs the check of the given kind over the sides that are ours. @throws with what was last seen and what to do next */
export async function check({ kind, from, to }: Inputs, { onVerified, ...options }: Options = {}): Promise<void> {
  const pools = new Map<CheckedSide, PostgresPool>();
  for (const side of [from, to]) {
    if (side.database) pools.set(side, createPostgresPool({ ...side.database, ca: [side.caCertificate], applicationName: "dive-oidc-check", max: 2 }));
  }
  try {
    const halves = [half(from, to), half(to, from)].filter(({ mine }) => mine).map(({ half }) => half);
    const work = { first: () => firstRound, link: linkRound, verification: () => verificationRound }[kind]();
    const delaysMs = kind === "verification" ? VERIFICATION_DELAYS_MS : LINK_DELAYS_MS;
    const what = { first: "first check of link", link: "link", verification: "verification of link" }[kind];
    await checkLink(`${what} ${from.code} <-> ${to.code}`, halves, work, {
      delaysMs, ...options, caCertificates: [from.caCertificate, to.caCertificate],
    });
  } finally {
    await Promise.all([...pools.values()].map((pool) => pool.close()));
  }

  function half(own: CheckedSide, partner: CheckedSide): { mine: boolean; half: LinkHalf } {
    const { adminClientId, adminClientSecret, probeUser } = own;
    const pool = pools.get(own);
    const mine = kind === "verification" ? probeUser !== undefined : adminClientId !== undefined || pool !== undefined;
    return {
      mine,
      half: {
        own,
        partner,
        ...(adminClientId !== undefined && adminClientSecret !== undefined ? { admin: { url: own.publicBase, clientId: adminClientId, clientSecret: adminClientSecret } } : {}),
        ...(probeUser ? { probeUser } : {}),
        ...(pool ? {
          keys: new LinkStore(pool, own.code).keysOf(partner.code),
          breaker: new PersistentCircuitBreaker({ key: { name: LINK_CIRCUIT, instance: partner.code }, store: new PostgresCircuitStore(pool) }),
        } : {}),
        onVerified: async ({ latencyMs }) => {
          // The whole federation's view is the hub's; the side's own is its own. Both get the result when both are ours.
          const health = { source: own.code, target: partner.code, kind: "verification", latencyMs, checkedAt: new Date(), reportedBy: own.code } as const;
          await Promise.all([...pools].map(([side, database]) => new LinkStore(database, side.code).record(health)));
          onVerified?.(own.code, partner.code, latencyMs);
        },
      },
    };
  }
}
