#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::storage {

/// ISO 8601 with milliseconds: `2026-08-06T12:00:00.123Z`; and back. Nothing for other forms.
std::string utc_text(std::int64_t unix_ms);
std::optional<std::int64_t> parse_utc(std::string_view text);

/// `20260806T120000Z`: sorts, and needs no quotes in a shell.
std::string utc_for_file_name(std::int64_t unix_ms);

}  // namespace gatehouse::storage
