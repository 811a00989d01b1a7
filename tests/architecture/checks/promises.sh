#!/usr/bin/env bash
# Every test that the table of promises in docs/testing.md names exists.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

# Names of all tests without what a parameter adds: from the sources, and scripts by their files.
existing() {
  find tests/unit tests/integration -name '*.cpp' -exec cat {} + | tr '\n' ' ' |
    grep -oE '\bTEST(_F|_P)?\( *\w+, *\w+ *\)' |
    sed -E 's/^[^(]*\( *(\w+), *(\w+) *\)$/\1.\2/'
  find tests/ecosystem tests/dashboard -maxdepth 1 -name '*.test.mjs' |
    sed -E 's|^tests/(\w+)/(\w+)\.test\.mjs$|\1.\2|'
  find tests/architecture/checks -name '*.sh' | sed -E 's|^.*/(\w+)\.sh$|architecture.\1|'
  find tests/install -type f -perm -u+x | sed -E 's|.*/(\w+)$|install.\1|'
  sed -nE 's/^gatehouse_chaos_test\((\w+) .*/chaos.\1/p' tests/chaos/CMakeLists.txt
  grep -rhoE 'add_test\(NAME [a-z_.]+' tests --include=CMakeLists.txt | sed 's/.* //'
}

# The table's last column.
named() {
  sed -n '/^## Promises$/,/^## /p' docs/testing.md |
    awk -F'|' '/^\|/ { print $(NF - 1) }' | grep -oE '[a-z0-9_]+\.[a-z0-9_]+'
}

missing="$(comm -13 <(existing | sort -u) <(named | sort -u))"
if [[ -z "$(named)" || -n "$missing" ]]; then
  echo "${missing:-no tests}: named in docs/testing.md under Promises, and not there"
  exit 1
fi
