import type * as pulumi from "@pulumi/pulumi";
import { Rules } from "../rules.ts";
import { isUnknown } from "../verification.ts";
import { addCredential, credentialsOf, removeCredentials } from "./keycloak.ts";
import type { TotpCredentialArgs } from "./resource.ts";

/** The inputs as the engine sends them. */
export type TotpCredentialInputs = pulumi.Unwrap<TotpCredentialArgs> & { version: number };

/** What makes another credential; the rest (address, administrator, CA) is only the way to it. */
const IDENTITY = ["version", "realm", "userId", "label", "secret"] as const satisfies readonly (keyof TotpCredentialInputs)[];
const WAY = ["url", "adminClientId", "adminClientSecret", "caCertificate"] as const satisfies readonly (keyof TotpCredentialInputs)[];

/** The dynamic provider of TotpCredential. */
export const provider: Required<Omit<pulumi.dynamic.ResourceProvider<TotpCredentialInputs, TotpCredentialInputs>, "configure">> = {
  check: async (_olds, news) => ({ inputs: news, failures: isUnknown(news) ? [] : failuresOf(news) }),

  diff: async (_id, olds, news) => {
    const replaces = IDENTITY.filter((name) => olds[name] !== news[name]);
    return { changes: replaces.length > 0 || WAY.some((name) => olds[name] !== news[name]), replaces, deleteBeforeReplace: true };
  },

  create: async (inputs) => {
    // Left by a run that was killed before it could say what it had made.
    await removeCredentials(inputs, ({ userLabel }) => userLabel === inputs.label);
    return { id: await addCredential(inputs), outs: inputs };
  },

  // An answer without an id tells the engine that the resource is gone.
  read: async (id, props) => ((await credentialsOf(props!)).some((credential) => credential.id === id) ? { id, props: props! } : {}),

  update: async (_id, _olds, news) => ({ outs: news }),

  delete: async (id, props) => removeCredentials(props, (credential) => credential.id === id),
};

function failuresOf(inputs: TotpCredentialInputs): pulumi.dynamic.CheckFailure[] {
  const rules = new Rules().httpsUrl("url", inputs.url, true).certificate("caCertificate", inputs.caCertificate);
  for (const name of ["realm", "userId", "label", "secret", "adminClientId", "adminClientSecret"] as const) rules.text(name, inputs[name]);
  // RFC 4226, section 4, requirement 6: at least 128 bits.
  if (typeof inputs.secret === "string" && inputs.secret.length < 16) rules.failures.push({ property: "secret", reason: "must have at least 16 characters" });
  return rules.failures;
}
