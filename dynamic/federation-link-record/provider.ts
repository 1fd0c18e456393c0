import type * as pulumi from "@pulumi/pulumi";
import type { LinkStore, Partner } from "@dive/common/federation";
import type { DatabaseAccess } from "@dive/common/postgres";
import { Rules } from "../rules.ts";
import { verificationProvider } from "../verification.ts";

/** The inputs as the engine sends them. */
export interface FederationLinkRecordInputs {
  readonly version: number;
  readonly own: string;
  readonly partner: Partner;
  readonly database: DatabaseAccess;
  readonly caCertificate: string;
}

const base = verificationProvider<FederationLinkRecordInputs>({
  provenBy: ["version", "own", "partner", "database", "caCertificate"],
  identity: ({ own, partner }) => `${own} <-> ${partner.code}`,
  outputs: (inputs) => ({ ...inputs }),
  check({ own, partner, database, caCertificate }) {
    const rules = new Rules().code("own", own).code("partner.code", partner.code).certificate("caCertificate", caCertificate)
      .oneOf("partner.role", partner.role, ["hub", "spoke"]).oneOf("partner.state", partner.state, ["PENDING", "ACTIVE", "STOPPED"])
      .text("database.host", database.host).integer("database.port", database.port, 1, 65535).text("database.password", database.password);
    for (const url of ["issuer", "keycloakUrl", "keycloakInternalUrl", "redirectUri", "backendInternalUrl"] as const) rules.httpsUrl(`partner.${url}`, partner[url], true);
    for (const name of ["realm", "clientId", "brokerAliasHere", "brokerAliasThere"] as const) rules.text(`partner.${name}`, partner[name]);
    if (own === partner.code) rules.failures.push({ property: "partner.code", reason: `must differ from own, got ${own} for both` });
    return rules.failures;
  },
  prove: (inputs) => withStore(inputs, (store) => store.save(inputs.partner)),
});

/** The dynamic provider of FederationLinkRecord. */
export const provider: Required<Omit<pulumi.dynamic.ResourceProvider, "configure">> = {
  ...base,
  /** Gone, or other than recorded: the next `up` writes it again. */
  async read(id, props) {
    if (props?.database === undefined) return { id, props };
    const inputs = props as FederationLinkRecordInputs;
    const found = (await withStore(inputs, (store) => store.partners())).find(({ code }) => code === inputs.partner.code);
    if (!found) return { id: "" };
    return same(found, inputs.partner) ? { id, props } : { id, props: { ...props, partner: found, inputsHash: "" } };
  },
  async delete(_id, props) {
    const inputs = props as FederationLinkRecordInputs;
    await withStore(inputs, (store) => store.remove(inputs.partner.code));
  },
};

/** A link that was made as pending and has become active since is as it should be. */
function same(found: Partner, wanted: Partner): boolean {
  const active = found.state === "ACTIVE" && wanted.state === "PENDING";
  return Object.entries(found).every(([key, value]) => wanted[key as keyof Partner] === value || (key === "state" && active));
}

/** The record's store; what it needs is loaded when there is work: without changes the engine only calls check and diff. */
async function withStore<T>({ own, database, caCertificate }: FederationLinkRecordInputs, use: (store: LinkStore) => Promise<T>): Promise<T> {
  const [{ LinkStore }, { createPostgresPool }] = await Promise.all([import("@dive/common/federation"), import("@dive/common/postgres")]);
  const pool = createPostgresPool({ ...database, ca: [caCertificate], applicationName: "dive-federation-link-record", max: 1 });
  try {
    return await use(new LinkStore(pool, own));
  } finally {
    await pool.close();
  }
}
