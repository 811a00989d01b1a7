#!/usr/bin/env bash
# What is written down is finished: no notes to self, and no test waits by the clock.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

status=0

# forbid WHAT PATTERN FOLDER...: fails with every line that matches.
forbid() {
  local found
  found="$(grep -rnEI --exclude-dir=node_modules --exclude-dir=checks "$2" "${@:3}" || true)"
  [[ -z "$found" ]] && return
  printf '%s\n' "$found"
  echo "words: $1"
  status=1
}

forbid 'an unfinished place is finished or goes to the issue tracker' \
  '\b(TODO|FIXME|XXX|HACK|TBD)\b|(//|#).*\b[Ff]or now\b|\b[Pp]laceholder\b|not (yet )?implemented' \
  include src tests cmake config docs
forbid 'a test waits for a condition, never for time to pass' \
  '\b(sleep_for|sleep_until|usleep|nanosleep)\b|\b(sleep|setTimeout) ?\(' \
  tests/unit tests/integration tests/support
forbid 'protocol code is told the time' \
  '(steady_clock|system_clock)::now' \
  src/gateway include/gatehouse/gateway

exit "$status"
