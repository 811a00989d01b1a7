#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::net {

/// The `Retry-After` header (RFC 9110, 10.2.3): seconds, also with a fraction as Discord sends
/// them, rounded up to the millisecond; or an IMF-fixdate, which `unix_now` (seconds) is taken
/// from. At most `limit`, at least zero. Nothing for anything else. Pure.
std::optional<runtime::milliseconds> parse_retry_after(std::string_view text, std::int64_t unix_now,
                                                       runtime::milliseconds limit) noexcept;

/// So many seconds, as above; nothing below zero.
std::optional<runtime::milliseconds> retry_after_seconds(double seconds,
                                                         runtime::milliseconds limit) noexcept;

}  // namespace gatehouse::net
