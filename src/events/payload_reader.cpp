#include "payload_reader.hpp"

#include <gatehouse/gateway/envelope.hpp>
#include <gatehouse/gateway/snowflake.hpp>

#include <algorithm>
#include <bit>

namespace gatehouse::events {
namespace {

static_assert(gateway::parse_padding >= simdjson::SIMDJSON_PADDING);

constexpr std::size_t smallest_capacity = std::size_t{16} << 10;
/// Messages are smaller; only the guilds of a start are not, and they come once.
constexpr std::size_t kept_capacity = std::size_t{256} << 10;

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

bool read_raw_string(ondemand::value value, std::string_view& out) {
  const std::string_view token = trimmed(value.raw_json_token());
  ondemand::raw_json_string ignored;
  if (value.get_raw_json_string().get(ignored) || token.size() < 2) return false;
  out = token.substr(1, token.size() - 2);
  return true;
}

bool read_id(ondemand::value value, std::uint64_t& out) {
  std::string_view text;
  if (!read_raw_string(value, text)) return false;
  out = gateway::parse_snowflake(text).value_or(0);
  return out != 0;
}

bool payload_reader::begin(std::string_view payload, ondemand::document& document) {
  if (parser_.capacity() < payload.size()) {
    const std::size_t rounded = std::max(std::bit_ceil(payload.size()), smallest_capacity);
    if (parser_.allocate(payload.size() > kept_capacity ? payload.size() : rounded)) return false;
  }
  return !parser_.iterate(payload, payload.size() + gateway::parse_padding).get(document);
}

void payload_reader::finish() {
  if (parser_.capacity() > kept_capacity) parser_ = ondemand::parser{};
}

}  // namespace gatehouse::events
