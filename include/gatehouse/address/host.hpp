#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::address {

/// A name of letters, digits, `.`, `-`, `_`, or an IPv4 address.
[[nodiscard]] bool is_host_name(std::string_view text);

[[nodiscard]] bool is_ipv6_address(std::string_view text);

/// Decimal digits only, at most 65535.
[[nodiscard]] std::optional<std::uint16_t> parse_port(std::string_view text);

}  // namespace gatehouse::address
