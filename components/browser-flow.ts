/** How people sign in at a realm: with a password, and with a one-time code as well when the application asks for `acr` 2. */
import * as pulumi from "@pulumi/pulumi";
import * as keycloak from "@pulumi/keycloak";

/** Alias of the flow that every browser sign-in of the realm goes through. */
const alias = "dive-browser";

/** Seconds for which a level once reached counts in a session: as long as the longest session, so that `acr` and `amr` end together with it. */
const levelLastsSeconds = 8 * 3600;

/** One level of authentication: the factor that reaches it, and that factor's name in `amr` (RFC 8176). */
interface Level {
  readonly level: 1 | 2;
  readonly authenticator: string;
  readonly method: "pwd" | "otp";
}

const levels: readonly Level[] = [
  { level: 1, authenticator: "auth-username-password-form", method: "pwd" },
  { level: 2, authenticator: "auth-otp-form", method: "otp" },
];

/**
 * Makes the flow and binds it to the realm: a session that is there and strong enough, or a partner, or the form with its levels.
 * Nobody enrols a second factor by himself on the way: who knows only a password could otherwise make himself one.
 *
 * @returns the flow's id, for clients: they name it themselves, since the official provider binds the built-in flow again whenever it
 * updates a realm of which it does not know better (terraform-provider-keycloak, `setRealmFlowBindings`)
 */
export function makeBrowserFlow(name: string, realmId: pulumi.Input<string>, inRealm: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const { Execution, ExecutionConfig, Subflow } = keycloak.authentication;
  const flow = new keycloak.authentication.Flow(
    `${name}-browser`,
    { realmId, alias, description: "Password, and a one-time code when level 2 is asked for", providerId: "basic-flow" },
    inRealm,
  );
  const alternatives = (["auth-cookie", "identity-provider-redirector"] as const).map(
    (authenticator, i) =>
      new Execution(`${name}-browser-${authenticator}`, { realmId, parentFlowAlias: flow.alias, authenticator, requirement: "ALTERNATIVE", priority: 10 * (i + 1) }, inRealm),
  );
  const forms = new Subflow(
    `${name}-browser-forms`,
    { realmId, parentFlowAlias: flow.alias, alias: `${alias}-forms`, providerId: "basic-flow", requirement: "ALTERNATIVE", priority: 30 },
    pulumi.mergeOptions(inRealm, { dependsOn: alternatives }),
  );
  const parts: pulumi.Resource[] = [];
  for (const { level, authenticator, method } of levels) {
    const prefix = `${name}-browser-level-${level}`;
    const subflow = new Subflow(
      prefix,
      { realmId, parentFlowAlias: forms.alias, alias: `${alias}-level-${level}`, providerId: "basic-flow", requirement: "CONDITIONAL", priority: 10 * level },
      pulumi.mergeOptions(inRealm, { dependsOn: [...parts] }),
    );
    const condition = new Execution(
      `${prefix}-condition`,
      { realmId, parentFlowAlias: subflow.alias, authenticator: "conditional-level-of-authentication", requirement: "REQUIRED", priority: 10 },
      inRealm,
    );
    const factor = new Execution(
      `${prefix}-factor`,
      { realmId, parentFlowAlias: subflow.alias, authenticator, requirement: "REQUIRED", priority: 20 },
      pulumi.mergeOptions(inRealm, { dependsOn: [condition] }),
    );
    const conditionConfig = new ExecutionConfig(
      `${prefix}-condition-config`,
      { realmId, executionId: condition.id, alias: `${alias}-level-${level}`, config: { "loa-condition-level": String(level), "loa-max-age": String(levelLastsSeconds) } },
      inRealm,
    );
    const reference = new ExecutionConfig(
      `${prefix}-reference`,
      { realmId, executionId: factor.id, alias: `${alias}-${method}`, config: { "default.reference.value": method, "default.reference.maxAge": String(levelLastsSeconds) } },
      inRealm,
    );
    parts.push(subflow, factor, conditionConfig, reference);
  }
  const enrolment = new keycloak.RequiredAction(
    `${name}-no-totp-enrolment`,
    { realmId, alias: "CONFIGURE_TOTP", name: "Configure OTP", enabled: false, defaultAction: false },
    inRealm,
  );
  // Bound only when it is whole: half a flow would let people in by half of it.
  const whole = [...parts, enrolment];
  new keycloak.authentication.Bindings(`${name}-flow-bindings`, { realmId, browserFlow: flow.alias }, pulumi.mergeOptions(inRealm, { dependsOn: whole }));
  return pulumi.all([flow.id, ...whole.map(({ urn }) => urn)]).apply(([id]) => id!);
}
