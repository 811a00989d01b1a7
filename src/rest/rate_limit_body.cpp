#include <gatehouse/rest/retry_policy.hpp>

#include <simdjson.h>

#include <cmath>
#include <cstdint>

namespace gatehouse::rest {

std::optional<runtime::milliseconds> read_retry_after(std::string_view body) {
  simdjson::dom::parser parser;
  double seconds = 0;
  const auto answer = parser.parse(body.data(), body.size());
  if (answer["retry_after"].get_double().get(seconds) != simdjson::SUCCESS) return std::nullopt;
  if (!(seconds >= 0 && seconds <= static_cast<double>(longest_retry_after.count()))) {
    return std::nullopt;
  }
  return runtime::milliseconds{static_cast<std::int64_t>(std::ceil(seconds * 1000))};
}

}  // namespace gatehouse::rest
