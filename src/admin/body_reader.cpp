#include "body_reader.hpp"

#include <gatehouse/gateway/snowflake.hpp>

#include <algorithm>
#include <new>

namespace gatehouse::admin {
namespace {

std::string listed(std::initializer_list<std::string_view> all) {
  std::string text;
  for (const auto each : all) text.append(text.empty() ? "" : ", ").append(each);
  return text;
}

}  // namespace

std::optional<std::uint64_t> read_snowflake(simdjson::dom::element from) {
  std::string_view text;
  std::uint64_t number = 0;
  if (!from.get(text)) return gateway::parse_snowflake(text);
  if (!from.get(number) && number != 0) return number;
  return std::nullopt;
}

body_reader::body_reader(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) text = "{}";
  simdjson::dom::element root;
  if (const auto failure = parser_.parse(text.data(), text.size()).get(root)) {
    error_ = std::string{"the body is not JSON: "} + simdjson::error_message(failure);
  } else if (root.get(root_)) {
    error_ = "the body must be a JSON object";
  }
  // The object that a failed reading leaves behind cannot be looked into.
  if (failed() && parser_.parse("{}", 2).get(root_)) throw std::bad_alloc{};
}

std::optional<simdjson::dom::element> body_reader::find(std::string_view key) const {
  simdjson::dom::element value;
  if (failed() || root_.at_key(key).get(value)) return std::nullopt;
  return value;
}

void body_reader::fail(std::string_view key, std::string_view allowed) {
  if (failed()) return;
  error_ = std::string{key}.append(" must be ").append(allowed);
}

void body_reader::allow_only(std::initializer_list<std::string_view> keys) {
  for (const auto [key, value] : root_) {
    if (failed()) return;
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    error_ = "unknown key " + std::string{key.substr(0, 64)} + "; allowed: " + listed(keys);
  }
}

bool body_reader::flag(std::string_view key, bool otherwise) {
  const auto found = find(key);
  if (!found) return otherwise;
  bool value = otherwise;
  if (found->get(value)) fail(key, "true or false");
  return value;
}

std::int64_t body_reader::integer(std::string_view key, std::int64_t least, std::int64_t most,
                                  std::optional<std::int64_t> otherwise) {
  const auto found = find(key);
  if (!found && otherwise) return *otherwise;
  std::int64_t value = 0;
  if (!found || found->get(value) || value < least || value > most) {
    fail(key, "a number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

std::string_view body_reader::choice(std::string_view key,
                                     std::initializer_list<std::string_view> choices) {
  const auto found = find(key);
  if (!found) return *choices.begin();
  std::string_view value;
  if (!found->get(value) && std::find(choices.begin(), choices.end(), value) != choices.end()) {
    return value;
  }
  fail(key, "one of " + listed(choices));
  return *choices.begin();
}

std::string_view body_reader::text(std::string_view key) {
  const auto found = find(key);
  std::string_view value;
  if (!found || found->get(value)) fail(key, "a string");
  return value;
}

std::optional<std::uint64_t> body_reader::snowflake(std::string_view key) {
  const auto found = find(key);
  if (!found) return std::nullopt;
  const auto value = read_snowflake(*found);
  if (!value) fail(key, "a snowflake, in a string or as a number");
  return value;
}

std::uint64_t body_reader::required_snowflake(std::string_view key) {
  const auto value = snowflake(key);
  if (!value) fail(key, "a snowflake, in a string or as a number");
  return value.value_or(0);
}

std::string body_reader::object(std::string_view key) {
  const auto found = find(key);
  if (!found || !found->is_object()) {
    fail(key, "an object");
    return {};
  }
  return simdjson::minify(*found);
}

}  // namespace gatehouse::admin
