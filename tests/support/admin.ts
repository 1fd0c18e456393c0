import KeycloakAdminClient from "@keycloak/keycloak-admin-client";
import type IdentityProviderRepresentation from "@keycloak/keycloak-admin-client/lib/defs/identityProviderRepresentation.js";
import { UnmanagedAttributePolicy } from "@keycloak/keycloak-admin-client/lib/defs/userProfileMetadata.js";
import type UserRepresentation from "@keycloak/keycloak-admin-client/lib/defs/userRepresentation.js";
import type { RunningStack } from "./stack.ts";
import { REQUEST_LIMIT_MS } from "./trust.ts";

/**
 * Keycloak's admin client for the realm of an instance, signed in with the stack's bootstrap admin client.
 * Its token lives about a minute: take a new client for each test. `fetch` must trust the CA beforehand.
 */
export async function realmAdmin(stack: RunningStack, code: string): Promise<KeycloakAdminClient> {
  const instance = stack.instances[code];
  const credentials = stack.keycloakAdmin[code];
  if (!instance || !credentials) throw new Error(`stack ${stack.name}: no instance ${code}; it has ${Object.keys(stack.instances).join(", ")}`);
  const admin = new KeycloakAdminClient({ baseUrl: instance.keycloakUrl, realmName: "master", timeout: REQUEST_LIMIT_MS });
  await admin.auth({ grantType: "client_credentials", ...credentials });
  admin.setConfig({ realmName: instance.realm });
  return admin;
}

/** The one user with this name. @throws when there is none */
export async function userNamed(admin: KeycloakAdminClient, username: string): Promise<UserRepresentation & { id: string }> {
  const [user] = await admin.users.find({ username, exact: true });
  if (!user?.id) throw new Error(`realm ${admin.realmName}: no user ${username}`);
  return { ...user, id: user.id };
}

/** Runs `use` while attributes of a user are changed, and puts the old ones back whatever happens. */
export async function withAttributes(
  stack: RunningStack,
  code: string,
  username: string,
  changed: Record<string, string[]>,
  use: () => Promise<void>,
): Promise<void> {
  const before = await userNamed(await realmAdmin(stack, code), username);
  const write = async (user: UserRepresentation): Promise<void> => {
    const admin = await realmAdmin(stack, code);
    await admin.users.update({ id: before.id }, user);
  };
  await write({ ...before, attributes: { ...before.attributes, ...changed } });
  try {
    await use();
  } finally {
    await write(before);
  }
}

/**
 * Runs `use` while users carry attributes that their realms do not declare, which the realms accept meanwhile; everything is put back
 * whatever happens.
 *
 * @throws when an attribute did not arrive, as the test would then prove nothing
 */
export async function withUnmanagedAttributes(
  stack: RunningStack,
  users: readonly { code: string; username: string }[],
  attributes: Record<string, string[]>,
  use: () => Promise<void>,
): Promise<void> {
  const [first, ...rest] = users;
  if (!first) return use();
  const admin = await realmAdmin(stack, first.code);
  const profile = await admin.users.getProfile();
  await admin.users.updateProfile({ ...profile, unmanagedAttributePolicy: UnmanagedAttributePolicy.Enabled });
  try {
    await withAttributes(stack, first.code, first.username, attributes, async () => {
      const kept = (await userNamed(await realmAdmin(stack, first.code), first.username)).attributes ?? {};
      for (const [name, values] of Object.entries(attributes)) {
        if (JSON.stringify([...(kept[name] ?? [])].sort()) !== JSON.stringify([...values].sort())) throw new Error(`realm of ${first.code}: attribute ${name} of ${first.username} was not kept`);
      }
      await withUnmanagedAttributes(stack, rest, attributes, use);
    });
  } finally {
    await (await realmAdmin(stack, first.code)).users.updateProfile(profile);
  }
}

/** Runs `use` while a broker is disabled, and enables it again whatever happens. */
export async function withBrokerDisabled(stack: RunningStack, code: string, alias: string, use: () => Promise<void>): Promise<void> {
  const write = async (change: IdentityProviderRepresentation): Promise<void> => {
    const admin = await realmAdmin(stack, code);
    const broker = await admin.identityProviders.findOne({ alias });
    if (!broker) throw new Error(`realm ${admin.realmName}: no identity provider ${alias}`);
    await admin.identityProviders.update({ alias }, { ...broker, ...change });
  };
  await write({ enabled: false });
  try {
    await use();
  } finally {
    await write({ enabled: true });
  }
}

/** Runs `use` while the app client's access tokens live `seconds`, and puts the old life back whatever happens. */
export async function withTokenLife(stack: RunningStack, code: string, seconds: number, use: () => Promise<void>): Promise<void> {
  const LIFE = "access.token.lifespan";
  const { clientId } = stack.instances[code]!;
  const write = async (value: string): Promise<string> => {
    const admin = await realmAdmin(stack, code);
    const [client] = await admin.clients.find({ clientId });
    if (!client?.id) throw new Error(`realm ${admin.realmName}: no client ${clientId}`);
    await admin.clients.update({ id: client.id }, { ...client, attributes: { ...client.attributes, [LIFE]: value } });
    return (client.attributes?.[LIFE] as string | undefined) ?? "";
  };
  const before = await write(String(seconds));
  try {
    await use();
  } finally {
    // An empty attribute is removed by Keycloak: the realm's life applies again.
    await write(before);
  }
}
