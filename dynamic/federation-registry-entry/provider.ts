import type * as pulumi from "@pulumi/pulumi";
import { Rules } from "../rules.ts";
import { verificationProvider } from "../verification.ts";
import type { FederationRegistryEntryArgs, SpokeDescriptorArgs } from "./resource.ts";

/** A spoke as the engine sends it. */
export type SpokeDescriptor = pulumi.Unwrap<SpokeDescriptorArgs>;
/** The inputs as the engine sends them. */
export type FederationRegistryEntryInputs = Omit<pulumi.Unwrap<FederationRegistryEntryArgs>, "spoke"> & { version: number; spoke: SpokeDescriptor };

// What does the work is loaded when there is work: without changes the engine only calls check and diff.
const registry = () => import("./registry-api.ts");

const base = verificationProvider<FederationRegistryEntryInputs>({
  provenBy: ["version", "code", "spoke", "backendUrl", "issuer", "clientId", "clientSecret", "caCertificate"],
  identity: ({ code }) => code,
  outputs: (inputs) => ({ ...inputs }),
  check({ code, spoke, backendUrl, issuer, clientId, clientSecret, caCertificate }) {
    const rules = new Rules().code("code", code).httpsUrl("backendUrl", backendUrl, true).httpsUrl("issuer", issuer, true)
      .text("clientId", clientId).text("clientSecret", clientSecret).certificate("caCertificate", caCertificate).oneOf("spoke.state", spoke.state, ["PENDING", "ACTIVE", "STOPPED"]);
    for (const url of ["issuer", "keycloakUrl", "backendUrl"] as const) rules.httpsUrl(`spoke.${url}`, spoke[url], true);
    for (const name of ["realm", "clientId", "brokerAlias"] as const) rules.text(`spoke.${name}`, spoke[name]);
    return rules.failures;
  },
  prove: async (inputs) => (await registry()).putSpoke(inputs),
});

/** The dynamic provider of FederationRegistryEntry. */
export const provider: Required<Omit<pulumi.dynamic.ResourceProvider, "configure">> = {
  ...base,
  diff: async (id, olds, news) => ({ ...(await base.diff(id, olds, news)), ...(olds.code !== undefined && olds.code !== news.code ? { replaces: ["code"] } : {}) }),
  /** Gone, or other than registered: the next `up` writes it again. */
  async read(id, props) {
    if (props?.backendUrl === undefined) return { id, props };
    const inputs = props as FederationRegistryEntryInputs;
    const found = await (await registry()).findSpoke(inputs);
    if (!found) return { id: "" };
    const keys = Object.keys(inputs.spoke) as (keyof SpokeDescriptor)[];
    // A link that was made as pending and has become active since is as it should be.
    const active = found.state === "ACTIVE" && inputs.spoke.state === "PENDING";
    return keys.every((key) => found[key] === inputs.spoke[key] || (key === "state" && active)) ? { id, props } : { id, props: { ...props, inputsHash: "" } };
  },
  delete: async (_id, props) => (await registry()).removeSpoke(props as FederationRegistryEntryInputs),
};
