-- The deployment record is kept too long without an end: it joins what apply_retention() removes.

-- Removes what is kept long enough: measured values 30 days, errors 90 days after they were resolved (unresolved ones for good),
-- deployments with their steps 365 days after they ended (an instance's last one for good).
CREATE OR REPLACE FUNCTION orchestration.apply_retention() RETURNS TABLE (table_name text, removed bigint) LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestration, pg_temp AS $$
BEGIN
  DELETE FROM metrics WHERE recorded_at < now() - interval '30 days';
  GET DIAGNOSTICS removed = ROW_COUNT;
  table_name := 'metrics';
  RETURN NEXT;
  DELETE FROM errors WHERE resolved_at < now() - interval '90 days';
  GET DIAGNOSTICS removed = ROW_COUNT;
  table_name := 'errors';
  RETURN NEXT;
  DELETE FROM deployments AS old
  WHERE ended_at < now() - interval '365 days'
    AND EXISTS (SELECT FROM deployments AS newer WHERE newer.instance = old.instance AND newer.started_at > old.started_at);
  GET DIAGNOSTICS removed = ROW_COUNT;
  table_name := 'deployments';
  RETURN NEXT;
END
$$;
