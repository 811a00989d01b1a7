#!/usr/bin/env bash
# No C++ file is longer than 400 lines: what grows beyond is two things.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

find include src tests -type f \( -name '*.cpp' -o -name '*.hpp' \) -not -path '*/node_modules/*' -print0 |
  xargs -0 awk '
    FNR == 401 { print FILENAME ": longer than 400 lines"; failed = 1 }
    END { exit failed }'
