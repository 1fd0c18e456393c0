#!/bin/sh
# As in the official image: options alone mean mongod.
set -eu
case "${1:-}" in
  -*) set -- mongod "$@" ;;
esac
exec "$@"
