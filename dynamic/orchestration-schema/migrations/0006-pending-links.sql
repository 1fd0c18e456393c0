-- The backend makes a pending link active once the partner answers and its half is there.
GRANT UPDATE (state, updated_at) ON orchestration.federation_links TO orchestration_service;
