#pragma once

#include <array>
#include <string>
#include <string_view>

/// Syntax checks of URLs (RFC 3986, the part of it that HTTP clients use). They return what is
/// wrong, without quoting the URL, which may hold a secret; empty if nothing is.
namespace gatehouse::config {

/// A URL that paths are appended to: one of the two schemes, no query.
[[nodiscard]] std::string base_url_violation(std::string_view url,
                                             std::array<std::string_view, 2> schemes);

/// http, https, or `http+unix:///path.sock:/route`.
[[nodiscard]] std::string handler_url_violation(std::string_view url);

/// A name of letters, digits, `.`, `-`, `_`, or an IPv4 address.
[[nodiscard]] bool is_host_name(std::string_view host);

[[nodiscard]] bool is_ipv6_address(std::string_view host);

/// Decimal digits only, at most 65535. -1: not a port.
[[nodiscard]] int parse_port(std::string_view text);

}  // namespace gatehouse::config
