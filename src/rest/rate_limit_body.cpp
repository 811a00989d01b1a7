#include <gatehouse/net/retry_after.hpp>
#include <gatehouse/rest/retry_policy.hpp>

#include <simdjson.h>

namespace gatehouse::rest {

std::optional<runtime::milliseconds> read_retry_after(std::string_view body) {
  simdjson::dom::parser parser;
  double seconds = 0;
  const auto answer = parser.parse(body.data(), body.size());
  if (answer["retry_after"].get_double().get(seconds) != simdjson::SUCCESS) return std::nullopt;
  return net::retry_after_seconds(seconds, longest_retry_after);
}

}  // namespace gatehouse::rest
