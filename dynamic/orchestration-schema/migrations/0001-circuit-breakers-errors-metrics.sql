-- Circuit breakers that processes share, errors with their remedy, measured values, and who may do what in this database.

-- Nobody else of this server has business here. What later migrations make, both may read; what the service writes, each grants itself.
DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO orchestration_service, orchestration_reader', current_database());
END
$$;
ALTER DEFAULT PRIVILEGES IN SCHEMA orchestration GRANT SELECT ON TABLES TO orchestration_service, orchestration_reader;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- One row a circuit. Closed: opened_at is null. Open until opened_at + cool_down_ms, then half-open: one process takes the probe until
-- probe_until; when that has passed without a result, the circuit is open since then. Written by compare-and-set on version only.
CREATE TABLE orchestration.circuit_breaker_state (
  circuit           text        NOT NULL CHECK (circuit ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'),
  instance          text        NOT NULL CHECK (instance ~ '^[A-Z]{3}$'),
  failure_threshold integer     NOT NULL DEFAULT 5 CHECK (failure_threshold BETWEEN 1 AND 1000),
  cool_down_ms      integer     NOT NULL DEFAULT 60000 CHECK (cool_down_ms BETWEEN 1 AND 86400000),
  failures          integer     NOT NULL DEFAULT 0 CHECK (failures >= 0),
  opened_at         timestamptz,
  probe_holder      text        CHECK (probe_holder <> ''),
  probe_until       timestamptz,
  last_error        text        CHECK (length(last_error) <= 2000),
  rejected          bigint      NOT NULL DEFAULT 0 CHECK (rejected >= 0),
  generation        bigint      NOT NULL DEFAULT 0 CHECK (generation >= 0),
  version           bigint      NOT NULL DEFAULT 0 CHECK (version >= generation),
  written_by        uuid,
  updated_at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (circuit, instance),
  CHECK (opened_at IS NULL OR failures > 0),
  CHECK ((failures > 0) = (last_error IS NOT NULL)),
  CHECK ((probe_holder IS NULL) = (probe_until IS NULL)),
  CHECK (probe_until IS NULL OR opened_at < probe_until)
);

-- Each as it is now.
CREATE VIEW orchestration.circuit_breakers AS
SELECT circuit, instance,
       CASE WHEN opened_at IS NULL THEN 'CLOSED'
            WHEN probe_until > now() THEN 'HALF_OPEN'
            WHEN open_since + cool_down > now() THEN 'OPEN'
            ELSE 'HALF_OPEN' END AS state,
       failures, open_since,
       CASE WHEN probe_until > now() THEN probe_until
            WHEN open_since + cool_down > now() THEN open_since + cool_down END AS until,
       CASE WHEN probe_until > now() THEN probe_holder END AS probed_by,
       last_error, rejected, failure_threshold, cool_down
FROM orchestration.circuit_breaker_state
CROSS JOIN LATERAL (SELECT CASE WHEN probe_until <= now() THEN probe_until ELSE opened_at END AS open_since, cool_down_ms * interval '1 millisecond' AS cool_down) AS derived;

-- What went wrong and what to do about it.
CREATE TABLE orchestration.errors (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  occurred_at timestamptz NOT NULL DEFAULT now(),
  code        text        NOT NULL CHECK (code ~ '^DIVE_[A-Z0-9_]+$'),
  severity    text        NOT NULL CHECK (severity IN ('critical', 'error', 'warning', 'info')),
  component   text        NOT NULL CHECK (component <> ''),
  message     text        NOT NULL CHECK (message <> ''),
  remedy      text        NOT NULL CHECK (remedy <> ''),
  context     jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(context) = 'object'),
  resolved_at timestamptz CHECK (resolved_at >= occurred_at),
  resolved_by text        CHECK (resolved_by <> ''),
  CHECK ((resolved_at IS NULL) = (resolved_by IS NULL))
);
CREATE INDEX errors_unresolved ON orchestration.errors (component, code) WHERE resolved_at IS NULL;
CREATE INDEX errors_newest ON orchestration.errors (occurred_at DESC);
CREATE INDEX errors_resolved ON orchestration.errors (resolved_at) WHERE resolved_at IS NOT NULL;

-- Values over time that no scrape would see, e.g. how long an outage was.
CREATE TABLE orchestration.metrics (
  id          bigint           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  recorded_at timestamptz      NOT NULL DEFAULT now(),
  name        text             NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]*$'),
  labels      jsonb            NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(labels) = 'object'),
  value       double precision NOT NULL
);
CREATE INDEX metrics_by_name ON orchestration.metrics (name, recorded_at DESC);
CREATE INDEX metrics_by_time ON orchestration.metrics (recorded_at);

-- A circuit that opens is an error until it closes; then its length is a measured value.
CREATE FUNCTION orchestration.note_circuit() RETURNS trigger LANGUAGE plpgsql SET search_path = orchestration, pg_temp AS $$
DECLARE
  began timestamptz;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.opened_at IS NOT NULL THEN
    INSERT INTO errors (code, severity, component, message, remedy, context)
    VALUES (
      'DIVE_ERR_CIRCUIT_OPEN', 'error', NEW.circuit || '/' || NEW.instance,
      format('%s failures in a row, the last: %s', NEW.failures, NEW.last_error),
      format('./dive federation status tells what fails. The circuit closes by itself once %s answers; at once: ./dive federation reset-circuit %s', NEW.instance, NEW.instance),
      jsonb_build_object('circuit', NEW.circuit, 'instance', NEW.instance, 'failures', NEW.failures)
    );
    RETURN NULL;
  END IF;
  UPDATE errors SET resolved_at = greatest(now(), occurred_at), resolved_by = current_user
  WHERE code = 'DIVE_ERR_CIRCUIT_OPEN' AND component = OLD.circuit || '/' || OLD.instance AND resolved_at IS NULL
  RETURNING occurred_at INTO began;
  IF began IS NOT NULL THEN
    INSERT INTO metrics (name, labels, value)
    VALUES ('circuit_open_seconds', jsonb_build_object('circuit', OLD.circuit, 'instance', OLD.instance), greatest(extract(epoch FROM now() - began), 0));
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER circuit_opened_or_closed AFTER UPDATE ON orchestration.circuit_breaker_state
FOR EACH ROW WHEN ((OLD.opened_at IS NULL) <> (NEW.opened_at IS NULL)) EXECUTE FUNCTION orchestration.note_circuit();
CREATE TRIGGER open_circuit_removed AFTER DELETE ON orchestration.circuit_breaker_state
FOR EACH ROW WHEN (OLD.opened_at IS NOT NULL) EXECUTE FUNCTION orchestration.note_circuit();

-- Removes what is kept long enough: measured values 30 days, errors 90 days after they were resolved (unresolved ones for good).
CREATE FUNCTION orchestration.apply_retention() RETURNS TABLE (table_name text, removed bigint) LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestration, pg_temp AS $$
BEGIN
  DELETE FROM metrics WHERE recorded_at < now() - interval '30 days';
  GET DIAGNOSTICS removed = ROW_COUNT;
  table_name := 'metrics';
  RETURN NEXT;
  DELETE FROM errors WHERE resolved_at < now() - interval '90 days';
  GET DIAGNOSTICS removed = ROW_COUNT;
  table_name := 'errors';
  RETURN NEXT;
END
$$;

GRANT SELECT ON ALL TABLES IN SCHEMA orchestration TO orchestration_service, orchestration_reader; -- the history was there before the defaults
GRANT INSERT, UPDATE ON orchestration.circuit_breaker_state, orchestration.errors TO orchestration_service;
GRANT INSERT ON orchestration.metrics TO orchestration_service;
GRANT EXECUTE ON FUNCTION orchestration.apply_retention() TO orchestration_service;
