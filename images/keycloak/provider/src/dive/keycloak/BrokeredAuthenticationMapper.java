package dive.keycloak;

import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;
import org.keycloak.OAuth2Constants;
import org.keycloak.broker.oidc.OIDCIdentityProvider;
import org.keycloak.events.Details;
import org.keycloak.jose.jws.JWSInput;
import org.keycloak.jose.jws.JWSInputException;
import org.keycloak.models.ClientSessionContext;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.ProtocolMapperModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.protocol.oidc.mappers.AbstractOIDCProtocolMapper;
import org.keycloak.protocol.oidc.mappers.OIDCAccessTokenMapper;
import org.keycloak.protocol.oidc.mappers.OIDCAttributeMapperHelper;
import org.keycloak.protocol.oidc.mappers.OIDCIDTokenMapper;
import org.keycloak.protocol.oidc.mappers.TokenIntrospectionTokenMapper;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.representations.IDToken;

/**
 * Puts into the tokens of a brokered session the acr and amr of the authentication that happened: at the partner.
 *
 * <p>Also puts there, as {@code idp_sid}, the session at the partner that this one came from: when it ends, the partner says so by that
 * number, and nobody tells this realm.
 *
 * <p>Keycloak's own mappers know this realm's flow only, in which a brokered user did nothing, and a session note mapper for the same
 * claim cannot follow them: mappers of equal priority run in the order of their random ids. This one runs last. It reads the ID token
 * with which the partner ended the sign-in of this very session, which Keycloak verified then and keeps as a session note. Sessions of
 * users who signed in here are left alone; a brokered session without a usable statement gets no acr, an empty amr and no idp_sid.
 */
public final class BrokeredAuthenticationMapper extends AbstractOIDCProtocolMapper
    implements OIDCAccessTokenMapper, OIDCIDTokenMapper, TokenIntrospectionTokenMapper {

  private static final Logger LOG = Logger.getLogger(BrokeredAuthenticationMapper.class);
  private static final List<ProviderConfigProperty> PROPERTIES = new ArrayList<>();

  /** After every mapper of Keycloak's own, of which the last has 50 (ProtocolMapperUtils). */
  private static final int PRIORITY = 1000;

  /** Session of the user at the identity provider; read by services/common/revocation. */
  private static final String PARTNER_SESSION = "idp_sid";

  static {
    OIDCAttributeMapperHelper.addIncludeInTokensConfig(PROPERTIES, BrokeredAuthenticationMapper.class);
  }

  @Override
  public String getId() {
    return "dive-brokered-authentication-mapper";
  }

  @Override
  public String getDisplayType() {
    return "Authentication at the identity provider (acr, amr and idp_sid)";
  }

  @Override
  public String getDisplayCategory() {
    return TOKEN_MAPPER_CATEGORY;
  }

  @Override
  public String getHelpText() {
    return "In brokered sessions, replaces acr and amr by those of the identity provider's ID token, and adds its sid as idp_sid.";
  }

  @Override
  public List<ProviderConfigProperty> getConfigProperties() {
    return PROPERTIES;
  }

  @Override
  public int getPriority() {
    return PRIORITY;
  }

  @Override
  protected void setClaim(
      IDToken token, ProtocolMapperModel mapper, UserSessionModel userSession, KeycloakSession session, ClientSessionContext context) {
    String provider = userSession.getNote(Details.IDENTITY_PROVIDER);
    if (provider == null) return;
    IDToken statement = statementOf(provider, userSession.getNote(OIDCIdentityProvider.FEDERATED_ID_TOKEN));
    token.setAcr(statement.getAcr());
    token.setOtherClaims(OAuth2Constants.AUTHENTICATOR_METHOD_REFERENCE, methodsOf(statement));
    if (statement.getSessionId() != null) token.setOtherClaims(PARTNER_SESSION, statement.getSessionId());
  }

  /** The partner's ID token; an empty one when there is none that can be read. */
  private static IDToken statementOf(String provider, String encoded) {
    if (encoded == null) {
      LOG.warnf("A session through identity provider %s holds no ID token: it gets no acr and no amr", provider);
      return new IDToken();
    }
    try {
      return new JWSInput(encoded).readJsonContent(IDToken.class);
    } catch (JWSInputException e) {
      LOG.warnf("The ID token of a session through identity provider %s cannot be read: it gets no acr and no amr", provider);
      return new IDToken();
    }
  }

  /** The amr claim when it is what RFC 8176 says, an array of strings; else empty. */
  private static List<String> methodsOf(IDToken statement) {
    List<String> methods = new ArrayList<>();
    if (statement.getOtherClaims().get(OAuth2Constants.AUTHENTICATOR_METHOD_REFERENCE) instanceof List<?> claimed) {
      for (Object method : claimed) {
        if (!(method instanceof String text)) return List.of();
        methods.add(text);
      }
    }
    return methods;
  }
}
