#!/bin/sh
# Puts FerretDB with one expression changed, and a go.mod that uses it, into the folder it is given. FerretDB 1.24 looks documents up by
# ->'$._id' and has its index on ->"_id". For SQLite these are two expressions, so it reads a whole collection to find one document.
set -eu
folder=$1
module=github.com/FerretDB/FerretDB
file=internal/backends/sqlite/metadata/metadata.go

go mod download "$module"
cp -R "$(go list -mod=readonly -m -f '{{.Dir}}' "$module")" "$folder/ferretdb"
chmod -R u+w "$folder/ferretdb"
sed "s/->'[$]\._id'/->\\\\\"_id\\\\\"/" "$folder/ferretdb/$file" >"$folder/changed.go"
if cmp -s "$folder/changed.go" "$folder/ferretdb/$file"; then
  echo "prepare.sh: $module has no ->'\$._id' in $file any more: see whether this script is still needed" >&2
  exit 1
fi
mv "$folder/changed.go" "$folder/ferretdb/$file"

cp go.mod go.sum "$folder"
go mod edit -replace="$module=$folder/ferretdb" "$folder/go.mod"
