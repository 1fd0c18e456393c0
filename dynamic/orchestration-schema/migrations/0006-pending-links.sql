-- The backend makes a pending link active once the partner answers and its half is there: this step, and no other change of a link's state.
CREATE FUNCTION orchestration.activate_link(code text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestration, pg_temp AS $$
BEGIN
  UPDATE federation_links SET state = 'ACTIVE', updated_at = now() WHERE partner = activate_link.code AND state = 'PENDING';
  RETURN FOUND;
END
$$;
GRANT EXECUTE ON FUNCTION orchestration.activate_link(text) TO orchestration_service;
