#!/bin/bash
# Keeps the official image's contract for what DIVE uses: on an empty PGDATA a cluster is
# made with POSTGRES_PASSWORD[_FILE], POSTGRES_USER, POSTGRES_DB and POSTGRES_INITDB_ARGS,
# /docker-entrypoint-initdb.d is run against a server that listens on the unix socket only,
# then the command is executed. Runs as root (drops to postgres) or as the given user.
set -Eeuo pipefail

fail() { echo "postgres image: $*" >&2; exit 1; }

# Value of NAME or of the file that NAME_FILE names; both at once is a mistake.
setting() {
  local name="$1" default="${2:-}" file="${1}_FILE"
  if [[ -n "${!name:-}" && -n "${!file:-}" ]]; then fail "set $name or $file, not both"; fi
  if [[ -n "${!file:-}" ]]; then cat "${!file}"; else printf '%s' "${!name:-$default}"; fi
}

run_init_files() {
  local file
  shopt -s nullglob
  for file in /docker-entrypoint-initdb.d/*; do
    echo "postgres image: running $file"
    case "$file" in
      *.sql) psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet -U "$user" -d "$database" -f "$file" ;;
      *.sh) if [[ -x "$file" ]]; then "$file"; else . "$file"; fi ;;
      *) fail "$file: only .sql and .sh files are run, got another ending" ;;
    esac
  done
}

initialise() {
  local password user database
  password="$(setting POSTGRES_PASSWORD)"
  user="$(setting POSTGRES_USER postgres)"
  database="$(setting POSTGRES_DB "$user")"
  [[ -n "$password" ]] || fail "an empty PGDATA ($PGDATA) needs POSTGRES_PASSWORD_FILE or POSTGRES_PASSWORD"
  # shellcheck disable=SC2086 # arguments are meant to be split, as in the official image
  initdb --username="$user" --pwfile=<(printf '%s\n' "$password") \
    --auth-local=trust --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
  printf '\nhost all all all scram-sha-256\n' >> "$PGDATA/pg_hba.conf"
  # Ours alone until it is stopped again: no TCP, and the command's own settings do not apply yet.
  pg_ctl -w -o "-c listen_addresses='' -c unix_socket_directories=/var/run/postgresql" start
  export PGHOST=/var/run/postgresql POSTGRES_USER="$user" POSTGRES_DB="$database"
  if [[ "$database" != postgres ]]; then createdb -U "$user" --maintenance-db=postgres "$database"; fi
  run_init_files
  pg_ctl -w -m fast stop
  unset PGHOST
}

case "${1:-}" in
  -*) set -- postgres "$@" ;;
esac

if [[ "${1:-}" == postgres ]]; then
  if [[ "$(id -u)" == 0 ]]; then
    install -d -o postgres -g postgres -m 0700 "$PGDATA"
    chown -R postgres:postgres "$PGDATA" /var/run/postgresql
    exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"
  fi
  mkdir -p -m 0700 "$PGDATA"
  [[ -s "$PGDATA/PG_VERSION" ]] || initialise
fi
exec "$@"
