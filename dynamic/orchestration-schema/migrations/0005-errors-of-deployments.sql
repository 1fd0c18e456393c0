-- A deployment that did not end well is an error, with its remedy, until the instance's next one ends; that one speaks for itself then.

CREATE FUNCTION orchestration.note_deployment() RETURNS trigger LANGUAGE plpgsql SET search_path = orchestration, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = NEW.state THEN
    RETURN NULL; -- written once more
  END IF;
  UPDATE errors SET resolved_at = NEW.ended_at, resolved_by = format('%s of run %s', NEW.state, NEW.run)
  WHERE component = 'deployment/' || NEW.instance AND resolved_at IS NULL AND occurred_at <= NEW.ended_at;
  -- Records may come late, after those of later runs.
  IF NEW.state = 'COMPLETE' OR EXISTS (SELECT FROM deployments AS later WHERE later.instance = NEW.instance AND later.ended_at > NEW.ended_at) THEN
    RETURN NULL;
  END IF;
  INSERT INTO errors (occurred_at, code, severity, component, message, remedy, context)
  VALUES (
    NEW.ended_at,
    CASE WHEN NEW.state = 'INTERRUPTED' THEN 'DIVE_ERR_DEPLOYMENT_INTERRUPTED'
         WHEN NEW.error_code ~ '^DIVE_[A-Z0-9_]+$' THEN NEW.error_code
         ELSE 'DIVE_ERR_' || regexp_replace(upper(NEW.error_code), '[^A-Z0-9_]', '_', 'g') END,
    CASE NEW.state WHEN 'INTERRUPTED' THEN 'warning' ELSE 'error' END,
    'deployment/' || NEW.instance,
    CASE NEW.state WHEN 'INTERRUPTED' THEN format('%s of stack %s was cut off', NEW.operation, NEW.stack) ELSE format('at %s: %s', NEW.failed_step, NEW.error_message) END,
    CASE NEW.state WHEN 'INTERRUPTED' THEN './dive up takes it up where it ended' ELSE './dive status tells step and error; remove the cause, then ./dive up' END,
    jsonb_build_object('run', NEW.run, 'stack', NEW.stack, 'operation', NEW.operation)
  );
  RETURN NULL;
END
$$;
CREATE TRIGGER deployment_begun_and_ended AFTER INSERT ON orchestration.deployments
FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL) EXECUTE FUNCTION orchestration.note_deployment();
CREATE TRIGGER deployment_ended AFTER UPDATE ON orchestration.deployments
FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL) EXECUTE FUNCTION orchestration.note_deployment();
