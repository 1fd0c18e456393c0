/** A federation link: both halves, and the check that a sign-in can start in either direction. */
import * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthority } from "../config.ts";
import { OidcCheck } from "../dynamic/oidc-check/resource.ts";
import { FederationHalf } from "./federation-half.ts";
import type { Instance } from "./instance.ts";
import { adminClientId } from "./parts/keycloak.ts";

/** Arguments of {@link FederationLink}. */
export interface FederationLinkArgs {
  readonly hub: Instance;
  readonly spoke: Instance;
  readonly authority: CertificateAuthority;
}

/** The link between the hub and one spoke, both ways. */
export class FederationLink extends pulumi.ComponentResource {
  constructor(name: string, args: FederationLinkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("dive:index:FederationLink", name, {}, opts);
    const half = (own: Instance, partner: Instance) =>
      new FederationHalf(
        `${name}-at-${own.site.code.toLowerCase()}`,
        { own: own.site, realm: own.realm, partner: partner.site },
        { parent: this, providers: [own.keycloakProvider] },
      );
    const halves = [half(args.hub, args.spoke), half(args.spoke, args.hub)];
    const side = (own: Instance, partner: Instance) => ({
      code: own.site.code,
      publicBase: own.site.keycloakUrl,
      realm: own.site.realm,
      issuer: own.site.issuer,
      clientId: own.site.clientId,
      redirectUri: `${own.site.backendUrl}/callback`,
      brokerAlias: partner.site.brokerAlias,
      caCertificate: args.authority.certificatePem,
      adminClientId,
      adminClientSecret: own.adminClientSecret,
    });
    new OidcCheck(
      `${name}-check`,
      {
        kind: "link",
        from: side(args.hub, args.spoke),
        to: side(args.spoke, args.hub),
        triggers: [args.hub.keycloakContainer.id, args.spoke.keycloakContainer.id, ...halves.map((h) => h.broker.internalId)],
      },
      { parent: this, dependsOn: [...halves, args.hub, args.spoke] },
    );
    this.registerOutputs();
  }
}
