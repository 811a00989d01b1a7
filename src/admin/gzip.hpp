#pragma once

#include <string>
#include <string_view>

namespace gatehouse::admin {

/// As one gzip member (RFC 1952), quickly rather than small. Throws std::bad_alloc.
[[nodiscard]] std::string gzip(std::string_view text);

}  // namespace gatehouse::admin
