#!/usr/bin/env bash
# Files and folders are named after what they do; these names say nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

found="$(find include src tests cmake config -not -path '*/node_modules/*' |
  grep -E '/(utils?|utilities|common|misc|helpers?)(\.[a-z]+)?$' || true)"
if [[ -n "$found" ]]; then
  echo "$found: a name that says nothing"
  exit 1
fi
