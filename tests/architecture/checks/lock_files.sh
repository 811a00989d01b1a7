#!/usr/bin/env bash
# npm lock files pin versions and checksums, not the address of the registry they were made with:
# npm install with --omit-lockfile-registry-resolved writes them so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

status=0
while IFS= read -r lock_file; do
  if grep -nE '"resolved": *"[a-z+]+://' "$lock_file"; then
    echo "$lock_file: names addresses"
    status=1
  fi
done < <(find . \( -name node_modules -o -name .git -o -name 'build*' \) -prune -o -type f \
  \( -name package-lock.json -o -name npm-shrinkwrap.json \) -print)
exit "$status"
