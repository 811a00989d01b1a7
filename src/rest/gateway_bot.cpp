#include <gatehouse/net/url.hpp>
#include <gatehouse/rest/gateway_bot.hpp>

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <optional>

namespace gatehouse::rest {
namespace {

using simdjson::dom::object;
using result = boost::system::result<gateway_bot, malformed_answer>;

constexpr std::int64_t most_shards = 1'000'000;
constexpr std::int64_t most_identifies = 100'000'000;
constexpr std::int64_t longest_reset_ms = std::int64_t{7} * 24 * 3600 * 1000;
constexpr std::int64_t most_concurrency = 100'000;

/// Where an integer belongs and what it may be.
template <class Number>
struct field {
  const char* name;
  std::int64_t least, most;
  Number* into;
};

template <class Number>
std::optional<malformed_answer> read(const object& from, const field<Number>& rule) {
  std::int64_t value = 0;
  if (from[rule.name].get_int64().get(value) != simdjson::SUCCESS) {
    return malformed_answer{std::string{"`"} + rule.name + "` is missing or no integer"};
  }
  if (value < rule.least || value > rule.most) {
    return malformed_answer{std::string{"`"} + rule.name + "` is " + std::to_string(value) +
                            ", outside " + std::to_string(rule.least) + " to " +
                            std::to_string(rule.most)};
  }
  *rule.into = static_cast<Number>(value);
  return std::nullopt;
}

std::optional<malformed_answer> read_url(const object& from, std::string& out) {
  std::string_view text;
  if (from["url"].get_string().get(text) != simdjson::SUCCESS) {
    return malformed_answer{"`url` is missing or no string"};
  }
  const auto parsed = net::parse_url(text);
  if (!parsed ||
      (parsed->scheme != net::url_scheme::ws && parsed->scheme != net::url_scheme::wss)) {
    return malformed_answer{"`url` is no ws or wss URL"};
  }
  out = text;
  return std::nullopt;
}

std::optional<malformed_answer> read_limit(const object& limit, gateway_bot& out) {
  std::int64_t reset_after_ms = 0;
  const std::array counts{field<int>{"total", 0, most_identifies, &out.identifies_total},
                          field<int>{"remaining", 0, most_identifies, &out.identifies_remaining},
                          field<int>{"max_concurrency", 1, most_concurrency, &out.max_concurrency}};
  for (const auto& rule : counts) {
    if (auto problem = read(limit, rule)) return problem;
  }
  auto problem =
      read(limit, field<std::int64_t>{"reset_after", 0, longest_reset_ms, &reset_after_ms});
  out.reset_after = runtime::milliseconds{reset_after_ms};
  return problem;
}

}  // namespace

result parse_gateway_bot(std::string_view json) {
  simdjson::dom::parser parser;
  object answer;
  if (parser.parse(json.data(), json.size()).get_object().get(answer) != simdjson::SUCCESS) {
    return malformed_answer{"the answer is no JSON object"};
  }
  gateway_bot out;
  if (auto problem = read_url(answer, out.url)) return *problem;
  if (auto problem = read(answer, field<int>{"shards", 1, most_shards, &out.shards})) {
    return *problem;
  }
  object limit;
  if (answer["session_start_limit"].get_object().get(limit) != simdjson::SUCCESS) {
    return malformed_answer{"`session_start_limit` is missing or no object"};
  }
  if (auto problem = read_limit(limit, out)) return *problem;
  return out;
}

}  // namespace gatehouse::rest
