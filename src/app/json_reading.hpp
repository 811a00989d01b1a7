#pragma once

#include "admin_client.hpp"

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Members of the daemon's answers. One that is missing or of another type leaves what was there,
/// so that this program and a daemon of another version understand each other.
namespace gatehouse::app {

/// A whole answer, valid as long as the parser. Throws admin_failure.
inline simdjson::dom::element parse_answer(simdjson::dom::parser& parser, const std::string& body) {
  simdjson::dom::element answer;
  if (parser.parse(body).get(answer)) throw admin_failure("the answer is not JSON");
  return answer;
}

inline void read(simdjson::dom::element from, std::string_view key, std::int64_t& into) {
  static_cast<void>(from[key].get(into) == simdjson::SUCCESS);
}
inline void read(simdjson::dom::element from, std::string_view key, bool& into) {
  static_cast<void>(from[key].get(into) == simdjson::SUCCESS);
}
inline void read(simdjson::dom::element from, std::string_view key, std::string& into) {
  std::string_view text;
  if (from[key].get(text) == simdjson::SUCCESS) into = text;
}
inline void read(simdjson::dom::element from, std::string_view key,
                 std::optional<std::int64_t>& into) {
  std::int64_t number = 0;
  if (from[key].get(number) == simdjson::SUCCESS) into = number;
}

/// Calls `use(element)` for each element of the array at `key`.
template <class Use>
void for_each(simdjson::simdjson_result<simdjson::dom::element> from, Use&& use) {
  simdjson::dom::array all;
  if (from.get(all) != simdjson::SUCCESS) return;
  for (const auto each : all) use(each);
}

/// Those of its elements that are strings.
inline void read(simdjson::dom::element from, std::string_view key,
                 std::vector<std::string>& into) {
  for_each(from[key], [&into](simdjson::dom::element each) {
    std::string_view text;
    if (each.get(text) == simdjson::SUCCESS) into.emplace_back(text);
  });
}

}  // namespace gatehouse::app
