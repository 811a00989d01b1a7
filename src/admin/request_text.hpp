#pragma once

#include <charconv>
#include <optional>
#include <string_view>

/// What stands in a path or query. Pure.
namespace gatehouse::admin {

/// Decimal digits only; no sign, no space.
template <class Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text) noexcept {
  Number value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped_at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped_at != end || text.starts_with('-')) return std::nullopt;
  return value;
}

/// The value of the first `key=value` of a query, as sent; nothing without one.
[[nodiscard]] inline std::optional<std::string_view> query_value(std::string_view query,
                                                                 std::string_view key) noexcept {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(pair.size() < query.size() ? pair.size() + 1 : query.size());
    if (pair.starts_with(key) && pair.substr(key.size()).starts_with('=')) {
      return pair.substr(key.size() + 1);
    }
  }
  return std::nullopt;
}

}  // namespace gatehouse::admin
