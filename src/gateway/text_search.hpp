#pragma once

#include <cstdint>

/// Searches in JSON text, 64 bytes at a time: up to as many behind `end` are read, and ignored.
namespace gatehouse::gateway {

/// Whether this processor has what it takes.
[[nodiscard]] bool can_search_text() noexcept;
/// Behind the quote that ends the string whose first character is at `at`. Null: it has no end, or
/// control characters.
[[nodiscard]] const char* find_string_end(const char* at, const char* end) noexcept;
/// Behind the bracket that closes the outermost of `depth` open ones; `at` is in no string. Null:
/// there is none, or a string has control characters. `{}` and `[]` are not told apart.
[[nodiscard]] const char* find_close(const char* at, const char* end, std::uint64_t depth) noexcept;

}  // namespace gatehouse::gateway
