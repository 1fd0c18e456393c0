#!/bin/bash
# Makes the role `keycloak_schema` and the template database `keycloak_template` of a new cluster.
# A database copied from it belongs to whom the copier names, its tables to keycloak_schema:
# GRANT keycloak_schema TO <Keycloak's user> lets that user work in it and migrate it later.
# It holds tables and their version history, no realm, no key, no user.
set -euo pipefail

run() { psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 --username="$POSTGRES_USER" "$@"; }

run --dbname=postgres \
  -c 'CREATE ROLE keycloak_schema NOLOGIN' \
  -c 'CREATE DATABASE keycloak_template OWNER keycloak_schema'
run --dbname=keycloak_template --single-transaction --output=/dev/null \
  -c 'SET ROLE keycloak_schema' \
  -f /usr/share/dive/keycloak-template.sql
# Without connections of its own it can be copied at any time.
run --dbname=postgres -c 'ALTER DATABASE keycloak_template WITH IS_TEMPLATE true ALLOW_CONNECTIONS false'
