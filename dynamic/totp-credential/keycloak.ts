import type { KeycloakAdminClient } from "@keycloak/keycloak-admin-client/lib/client.js";
import type CredentialRepresentation from "@keycloak/keycloak-admin-client/lib/defs/credentialRepresentation.js";
import type { TotpCredentialInputs } from "./provider.ts";

/** Time limit of one request, milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/** What Keycloak keeps beside the secret; its names are those of OTPCredentialData in Keycloak's server-spi. */
const CREDENTIAL_DATA = JSON.stringify({ subType: "totp", digits: 6, period: 30, counter: 0, algorithm: "HmacSHA1" });

/** The OTP credentials of the user; none when the user or the realm is gone. @throws Error saying what was asked of which Keycloak */
export function credentialsOf(inputs: TotpCredentialInputs): Promise<CredentialRepresentation[]> {
  return asking(inputs, "read", async (admin) => {
    if (!(await admin.users.findOne({ id: inputs.userId, realm: inputs.realm }))) return [];
    const all = await admin.users.getCredentials({ id: inputs.userId, realm: inputs.realm });
    return all.filter(({ type }) => type === "otp");
  });
}

/** Gives the user the credential; the admin API has no way to add one but to write the user. @returns Keycloak's id of it */
export async function addCredential(inputs: TotpCredentialInputs): Promise<string> {
  const { realm, userId: id, label, secret } = inputs;
  await asking(inputs, "add", async (admin) => {
    const user = await admin.users.findOne({ id, realm });
    if (!user) throw new Error(`realm ${realm} has no user ${id}`);
    const credential = { type: "otp", userLabel: label, secretData: JSON.stringify({ value: secret }), credentialData: CREDENTIAL_DATA };
    await admin.users.update({ id, realm }, { ...user, credentials: [credential] });
  });
  const made = (await credentialsOf(inputs)).find(({ userLabel }) => userLabel === label);
  if (!made?.id) throw new Error(`the TOTP credential "${label}" of user ${id} of realm ${realm} was written, but Keycloak ${inputs.url} does not list it`);
  return made.id;
}

/** Takes those of the user's OTP credentials away that `which` chooses; already gone is success. */
export async function removeCredentials(inputs: TotpCredentialInputs, which: (credential: CredentialRepresentation) => boolean): Promise<void> {
  for (const credential of (await credentialsOf(inputs)).filter(which))
    await asking(inputs, "remove", (admin) => admin.users.deleteCredential({ id: inputs.userId, realm: inputs.realm, credentialId: credential.id! }));
}

async function asking<T>(inputs: TotpCredentialInputs, verb: string, work: (admin: KeycloakAdminClient) => Promise<T>): Promise<T> {
  const [{ default: AdminClient }, { Agent, Dispatcher1Wrapper }] = await Promise.all([import("@keycloak/keycloak-admin-client"), import("undici")]);
  const agent = new Agent({ connect: { ca: inputs.caCertificate } });
  try {
    // Node's own fetch, which the client calls, speaks the dispatcher protocol of an older undici: the wrapper translates.
    const requestOptions = { dispatcher: new Dispatcher1Wrapper(agent) } as object;
    const admin = new AdminClient({ baseUrl: inputs.url, realmName: "master", timeout: REQUEST_TIMEOUT_MS, requestOptions });
    await admin.auth({ grantType: "client_credentials", clientId: inputs.adminClientId, clientSecret: inputs.adminClientSecret });
    return await work(admin);
  } catch (error) {
    throw new Error(`could not ${verb} TOTP credentials of user ${inputs.userId} of realm ${inputs.realm} at Keycloak ${inputs.url}: ${reasonOf(error)}`);
  } finally {
    await agent.close();
  }
}

/** Words of the answer or of the fault under a failed fetch; not the error itself, whose response holds headers. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
