import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { common, found, own, prepared, schemaOf, updates } from "./cases.ts";
import type { KeycloakCase, KeycloakSubject, KeycloakWorld } from "./world.ts";

const flows = async (subject: KeycloakSubject) => (await subject.world.renew()).authenticationManagement;
const make = async (subject: KeycloakSubject, alias: string): Promise<void> =>
  void (await (await flows(subject)).createFlow({ realm: subject.world.realm, alias, providerId: "basic-flow", topLevel: true, builtIn: false }));
const entries = async (subject: KeycloakSubject, flow: string) => (await found((await flows(subject)).getExecutions({ realm: subject.world.realm, flow }))) ?? [];
const flowSource = schemaOf("authentication_flow");

/** `authentication.Flow`. */
export const flowTable: Table<KeycloakWorld> = {
  token: "keycloak:authentication/flow:Flow",
  base: (subject) => ({ realmId: subject.world.realm, alias: own(subject) }),
  look: async (subject) => {
    const { realm } = subject.world;
    const all = await flows(subject);
    return subject.stored ? found(all.getFlow({ realm, flowId: subject.stored.id })) : (await all.getFlows({ realm })).find(({ alias }) => alias === own(subject));
  },
  deleteBeforeReplace: true,
  cases: [
    { does: "create", name: "as the program's", source: flowSource, given: { description: "d" }, effect: { topLevel: true, builtIn: false, providerId: "basic-flow", description: "d" } },
    { does: "create", name: "without an alias", source: "npm types: optional, so a name and 7 random digits", given: { alias: undefined }, outputs: ({ name }) => ({ alias: expect.stringMatching(new RegExp(`^${name}-[0-9a-f]{7}$`)) as string }) },
    { does: "refuse", name: "an alias that is taken", source: "existing objects are not adopted: 409", message: /409 Conflict/, prepare: (subject) => make(subject, own(subject)) },
    ...updates(flowSource, { description: ["a", "b"], alias: ["flow-a", "flow-b"] }),
    { does: "change", name: "providerId", source: "stand-in: replaced, since Keycloak ignores it in an update (officially it is updated without effect)", change: { providerId: "client-flow" }, verdict: { providerId: "UPDATE_REPLACE" }, effect: { providerId: "client-flow" } },
    { does: "drift", name: "described anew in the console", source: flowSource, given: { description: "a" }, verdict: { description: "UPDATE" }, effect: { description: "a" },
      outside: async (subject) => (await flows(subject)).updateFlow({ realm: subject.world.realm, flowId: subject.stored!.id }, { alias: own(subject), description: "b", providerId: "basic-flow", topLevel: true, builtIn: false }) },
    { does: "import", name: "by realm and id", source: `${flowSource}: {{realmId}}/{{authenticationFlowId}}`, id: ({ world, stored }) => `${world.realm}/${stored!.id}`, given: { description: "d" } },
    { does: "invalid", name: "a kind that is none", source: `${flowSource}: StringInSlice`, change: { providerId: "form-flow" }, failures: { providerId: /must be one of/ } },
    ...common(async (subject) => (await flows(subject)).deleteFlow({ realm: subject.world.realm, flowId: subject.stored!.id })),
  ] satisfies KeycloakCase[],
};

const subflowSource = schemaOf("authentication_subflow");
const place = (parentFlowAlias: string) => ({ world }: KeycloakSubject) => ({ realmId: world.realm, parentFlowAlias });

/** `authentication.Subflow`. */
export const subflowTable: Table<KeycloakWorld> = {
  token: "keycloak:authentication/subflow:Subflow",
  base: (subject) => ({ ...place(subject.world.flow)(subject), alias: own(subject) }),
  look: async (subject) => (await entries(subject, (subject.stored?.state["parentFlowAlias"] as string | undefined) ?? subject.world.flow)).find(({ flowId, displayName }) => (subject.stored ? flowId === subject.stored.id : displayName === own(subject))),
  deleteBeforeReplace: true,
  cases: [
    { does: "create", name: "as the program's", source: subflowSource, given: { requirement: "CONDITIONAL", priority: 20, description: "d" }, effect: { authenticationFlow: true, requirement: "CONDITIONAL", priority: 20, description: "d" } },
    { does: "create", name: "as little as possible", source: `${subflowSource}: requirement DISABLED by default`, effect: { requirement: "DISABLED" } },
    { does: "refuse", name: "an alias that is taken", source: "existing objects are not adopted: 409", message: /409 Conflict/, prepare: (subject) => make(subject, own(subject)) },
    { does: "refuse", name: "in a flow that is not there", source: "provider: the parent flow must exist", given: { parentFlowAlias: "nowhere" }, message: /nowhere/ },
    ...updates(subflowSource, { alias: ["sub-a", "sub-b"], description: ["a", "b"], requirement: ["REQUIRED", "ALTERNATIVE"], priority: [30, 40] }),
    { does: "change", name: "the parent flow", source: `${subflowSource}: ForceNew`, prepare: (subject) => make(subject, `${own(subject)}-p`), change: ({ name }) => ({ parentFlowAlias: `${name}-p` }), verdict: { parentFlowAlias: "UPDATE_REPLACE" } },
    { does: "change", name: "providerId", source: "stand-in: replaced, since Keycloak ignores it in an update (officially it is updated without effect)", change: { providerId: "client-flow" }, verdict: { providerId: "UPDATE_REPLACE" } },
    { does: "drift", name: "switched off in the console", source: subflowSource, given: { requirement: "REQUIRED" }, verdict: { requirement: "UPDATE" }, effect: { requirement: "REQUIRED" },
      outside: async (subject) => {
        const entry = (await entries(subject, subject.world.flow)).find(({ flowId }) => flowId === subject.stored!.id)!;
        await subject.world.admin.authenticationManagement.updateExecution({ realm: subject.world.realm, flow: subject.world.flow }, { ...entry, requirement: "DISABLED" });
      } },
    { does: "import", name: "by realm, parent and id", source: `${subflowSource}: {{realmId}}/{{parentFlowAlias}}/{{authenticationSubFlowId}}`, id: ({ world, stored }) => `${world.realm}/${world.flow}/${stored!.id}`, given: { requirement: "REQUIRED", priority: 50 } },
    { does: "invalid", name: "a requirement that is none", source: `${subflowSource}: StringInSlice`, change: { requirement: "PERHAPS" }, failures: { requirement: /must be one of/ } },
    ...common(async (subject) => {
      const entry = (await entries(subject, subject.world.flow)).find(({ flowId }) => flowId === subject.stored!.id)!;
      await subject.world.admin.authenticationManagement.delExecution({ realm: subject.world.realm, id: entry.id! });
    }),
  ] satisfies KeycloakCase[],
};

const executionSource = schemaOf("authentication_execution");
const ownFlow = (subject: KeycloakSubject): Promise<void> => make(subject, own(subject));

/** `authentication.Execution`: each case's in a flow of its own. */
export const executionTable: Table<KeycloakWorld> = {
  token: "keycloak:authentication/execution:Execution",
  base: (subject) => ({ ...place(own(subject))(subject), authenticator: "auth-otp-form" }),
  look: async (subject) => (await entries(subject, (subject.stored?.state["parentFlowAlias"] as string | undefined) ?? own(subject))).find(({ id }) => !subject.stored || id === subject.stored.id),
  deleteBeforeReplace: true,
  cases: prepared(ownFlow, [
    { does: "create", name: "as the program's", source: executionSource, given: { requirement: "REQUIRED", priority: 20 }, effect: { providerId: "auth-otp-form", requirement: "REQUIRED", priority: 20 } },
    { does: "create", name: "as little as possible", source: `${executionSource}: requirement DISABLED by default`, effect: { requirement: "DISABLED" } },
    { does: "refuse", name: "an authenticator that is not there", source: "Keycloak refuses it", given: { authenticator: "auth-by-feeling" }, message: /auth-by-feeling/ },
    ...updates(executionSource, { requirement: ["REQUIRED", "DISABLED"], priority: [10, 20] }),
    { does: "change", name: "authenticator", source: `${executionSource}: ForceNew`, change: { authenticator: "auth-cookie" }, verdict: { authenticator: "UPDATE_REPLACE" }, effect: { providerId: "auth-cookie" } },
    { does: "change", name: "the parent flow", source: `${executionSource}: ForceNew`, change: ({ world }) => ({ parentFlowAlias: world.flow }), verdict: { parentFlowAlias: "UPDATE_REPLACE" } },
    { does: "drift", name: "switched off in the console", source: executionSource, given: { requirement: "REQUIRED" }, verdict: { requirement: "UPDATE" }, effect: { requirement: "REQUIRED" },
      outside: async (subject) => {
        const [entry] = await entries(subject, own(subject));
        await subject.world.admin.authenticationManagement.updateExecution({ realm: subject.world.realm, flow: own(subject) }, { ...entry!, requirement: "DISABLED" });
      } },
    { does: "import", name: "by realm, parent and id", source: `${executionSource}: {{realmId}}/{{parentFlowAlias}}/{{authenticationExecutionId}}`, id: ({ world, name, stored }) => `${world.realm}/${name}/${stored!.id}`, given: { requirement: "REQUIRED", priority: 10 } },
    ...common(async (subject) => (await flows(subject)).delExecution({ realm: subject.world.realm, id: subject.stored!.id })),
  ]),
};

const configSource = schemaOf("authentication_execution_config");
const executions = new Map<string, string>();
const withExecution = async (subject: KeycloakSubject): Promise<void> => {
  await make(subject, own(subject));
  const { id } = (await (await flows(subject)).addExecutionToFlow({ realm: subject.world.realm, flow: own(subject), provider: "conditional-user-attribute" })) as { id: string };
  executions.set(own(subject), id);
};

/** `authentication.ExecutionConfig`: each case's on an execution of its own. */
export const executionConfigTable: Table<KeycloakWorld> = {
  token: "keycloak:authentication/executionConfig:ExecutionConfig",
  base: (subject) => ({ realmId: subject.world.realm, executionId: executions.get(own(subject)) ?? "none", alias: own(subject), config: { attribute_name: "a", not: "true" } }),
  look: async (subject) => {
    const id = subject.stored?.id ?? (await entries(subject, own(subject)))[0]?.authenticationConfig;
    return id === undefined ? undefined : found((await flows(subject)).getConfig({ realm: subject.world.realm, id }));
  },
  deleteBeforeReplace: true,
  cases: prepared(withExecution, [
    { does: "create", name: "as the program's", source: configSource, effect: { config: { attribute_name: "a", not: "true" } } },
    { does: "create", name: "what amr calls the execution", source: "Keycloak answers asterisks for it (26.7), which is no drift", given: { config: { "default.reference.value": "otp", "default.reference.maxAge": "60" } }, effect: (seen) => expect(Object.keys(seen.config).sort()).toEqual(["default.reference.maxAge", "default.reference.value"]) },
    { does: "change", name: "a value and a key", source: `${configSource}: no ForceNew`, change: { config: { attribute_name: "b" } }, verdict: { "config.attribute_name": "UPDATE", "config.not": "DELETE" }, effect: (seen) => expect(seen.config).toEqual({ attribute_name: "b" }) },
    { does: "change", name: "alias", source: `${configSource}: ForceNew`, change: ({ name }) => ({ alias: `${name}-b` }), verdict: { alias: "UPDATE_REPLACE" } },
    { does: "change", name: "the execution", source: `${configSource}: ForceNew`, change: ({ world }) => ({ executionId: world.execution }), verdict: { executionId: "UPDATE_REPLACE" } },
    { does: "drift", name: "changed in the console", source: configSource, verdict: { "config.attribute_name": "UPDATE" }, effect: { config: { attribute_name: "a" } },
      outside: async (subject) => (await flows(subject)).updateConfig({ realm: subject.world.realm, id: subject.stored!.id, alias: own(subject), config: { attribute_name: "z", not: "true" } }) },
    { does: "import", name: "by realm, execution and id", source: `${configSource}: {{realmId}}/{{authenticationExecutionId}}/{{id}}`, id: ({ world, name, stored }) => `${world.realm}/${executions.get(name)!}/${stored!.id}` },
    { does: "invalid", name: "no config", source: `${configSource}: Required`, change: { config: undefined }, failures: { config: /required/ } },
    ...common(async (subject) => (await flows(subject)).delConfig({ realm: subject.world.realm, id: subject.stored!.id })),
  ]),
};
