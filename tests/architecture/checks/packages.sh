#!/usr/bin/env bash
# The container image is built from the packages that ./dev build installs; ccache is of no use there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

status=0
packages="$(awk '/^build_packages=\(/ { inside = 1; next } /^\)/ { inside = 0 } inside' dev)"
for package in $packages; do
  [[ "$package" == ccache ]] && continue
  if ! tr -s ' \t' '\n' <Dockerfile | grep -qxF "$package"; then
    echo "Dockerfile: does not install $package, ./dev does"
    status=1
  fi
done
exit "$status"
