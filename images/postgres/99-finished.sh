#!/bin/bash
# Last of the init scripts: the cluster is complete (see dive-entrypoint.sh).
set -euo pipefail
rm -f -- "${PGDATA%/}.unfinished"
