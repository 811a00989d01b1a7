#!/usr/bin/env bash
# The link line of a module is the list of modules it may include. This fails where an #include goes
# beyond it, which a shared include root would still compile. The rules:
#   src/<m>/                may include its own headers and what LINK and PRIVATE_LINK reach
#   include/gatehouse/<m>/  may include what LINK alone reaches, and neither Beast nor OpenSSL
#   Asio and Beast          only where gatehouse::asio is reached
#   link lines              name only modules that stand earlier in src/CMakeLists.txt
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

{
  find src -mindepth 2 -maxdepth 2 -name CMakeLists.txt
  find include src -type f \( -name '*.hpp' -o -name '*.cpp' \) | sort
} | tr '\n' '\0' | xargs -0 awk -f tests/architecture/checks/include_direction.awk
