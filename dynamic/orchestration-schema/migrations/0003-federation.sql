-- What an instance knows of its partners, of the links to them, and of how the links are doing.

-- A partner's public descriptor, and what its keys were when its link was last checked. No secret is in here.
CREATE TABLE orchestration.federation_partners (
  code                  text        PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$'),
  role                  text        NOT NULL CHECK (role IN ('hub', 'spoke')),
  realm                 text        NOT NULL,
  issuer                text        NOT NULL CHECK (issuer ~ '^https://'),
  keycloak_url          text        NOT NULL CHECK (keycloak_url ~ '^https://'),
  keycloak_internal_url text        NOT NULL CHECK (keycloak_internal_url ~ '^https://'),
  client_id             text        NOT NULL,
  redirect_uri          text        NOT NULL CHECK (redirect_uri ~ '^https://'),
  backend_internal_url  text        NOT NULL CHECK (backend_internal_url ~ '^https://'),
  key_ids               text[],
  updated_at            timestamptz NOT NULL DEFAULT now()
);

-- A link has two directions: the users of source sign in at target, through the broker of that alias in target's realm.
-- PENDING: the other side has not configured its half yet. STOPPED: out of use by intent. Neither is probed.
CREATE TABLE orchestration.federation_links (
  source       text        NOT NULL CHECK (source ~ '^[A-Z]{3}$'),
  target       text        NOT NULL CHECK (target ~ '^[A-Z]{3}$'),
  partner      text        NOT NULL REFERENCES orchestration.federation_partners ON DELETE CASCADE,
  broker_alias text        NOT NULL,
  state        text        NOT NULL CHECK (state IN ('PENDING', 'ACTIVE', 'STOPPED')),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (source, target),
  CHECK (source <> target),
  CHECK (partner IN (source, target))
);
CREATE INDEX federation_links_partner ON orchestration.federation_links (partner);

-- The last result of each check of each direction. 'link': discovery, keys and the broker's redirect. 'verification': a real sign-in.
CREATE TABLE orchestration.federation_health (
  source            text             NOT NULL,
  target            text             NOT NULL,
  check_kind        text             NOT NULL CHECK (check_kind IN ('link', 'verification')),
  ok                boolean          NOT NULL,
  broker_configured boolean,
  failure           text             CHECK (failure IN ('unavailable', 'denied', 'not-yet', 'circuit-open')),
  error             text,
  latency_ms        double precision CHECK (latency_ms >= 0),
  checked_at        timestamptz      NOT NULL,
  last_success_at   timestamptz,
  reported_by       text             NOT NULL,
  PRIMARY KEY (source, target, check_kind),
  FOREIGN KEY (source, target) REFERENCES orchestration.federation_links ON DELETE CASCADE,
  CHECK (ok = (failure IS NULL)),
  CHECK (NOT ok OR last_success_at IS NOT NULL)
);

GRANT SELECT ON orchestration.federation_partners, orchestration.federation_links, orchestration.federation_health TO orchestration_reader, orchestration_service;
GRANT INSERT, UPDATE ON orchestration.federation_health TO orchestration_service;
