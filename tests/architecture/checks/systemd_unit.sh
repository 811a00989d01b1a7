#!/usr/bin/env bash
# The unit file is valid, and systemd itself rates its exposure below 2.0 ("OK" begins at 5).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

if ! command -v systemd-analyze >/dev/null; then
  echo "systemd_unit: skipped, no systemd-analyze here"
  exit 77
fi

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
# Verifying looks for the programs the unit names; gatehouse itself may not be installed here.
sed 's/^\(Exec[A-Za-z]*\)=gatehouse /\1=\/bin\/true /' config/gatehouse.service >"$folder/gatehouse.service"

# It exits 0 on an unknown key: what it says is what counts.
findings="$(systemd-analyze verify --man=no "$folder/gatehouse.service" 2>&1 |
  grep -F "$folder/gatehouse.service" || true)"
if [[ -n "$findings" ]]; then
  echo "$findings"
  exit 1
fi
# The threshold counts tenths.
if ! report="$(systemd-analyze security --offline=true --no-pager --threshold=19 "$folder/gatehouse.service" 2>&1)"; then
  echo "$report"
  exit 1
fi
