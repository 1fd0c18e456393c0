#!/bin/bash
# Makes the first start repeatable: a container that was killed while its cluster was being made
# leaves a half-made PGDATA, which the image's own entrypoint would take for a complete one. A
# mark beside PGDATA (so PGDATA must lie below the volume) lives as long as the making; where it is found, the cluster never served
# anyone, and is made anew.
set -euo pipefail

mark="${PGDATA%/}.unfinished"

if [[ "${1:-postgres}" == postgres || "${1:-}" == -* ]]; then
  if [[ -e "$mark" ]]; then
    echo "postgres image: an earlier start was interrupted while it made $PGDATA: making it anew" >&2
    rm -rf -- "${PGDATA:?}"
  elif [[ ! -s "$PGDATA/PG_VERSION" ]]; then
    touch "$mark"
  fi
fi
exec docker-entrypoint.sh "$@"
