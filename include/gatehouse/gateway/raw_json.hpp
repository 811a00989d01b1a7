#pragma once

#include <gatehouse/gateway/envelope.hpp>

#include <simdjson.h>

#include <cstddef>
#include <string_view>

/// Reading payloads with simdjson's On-Demand front end, for those modules that link it.
namespace gatehouse::gateway {

static_assert(parse_padding >= simdjson::SIMDJSON_PADDING);

/// A token's text reaches up to the next token, so it may end in white space.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// The text of a string between its quotes, escapes as they came. False: it is none.
[[nodiscard]] inline bool read_raw_string(simdjson::ondemand::value value, std::string_view& out) {
  const std::string_view token = trimmed(value.raw_json_token());
  simdjson::ondemand::raw_json_string ignored;
  if (value.get_raw_json_string().get(ignored) || token.size() < 2) return false;
  out = token.substr(1, token.size() - 2);
  return true;
}

/// Makes the index of a payload that several readers then walk, one after the other. Keeps its
/// buffers from payload to payload and gives them back after an unusually large one. Not
/// thread-safe.
class padded_parser {
 public:
  /// `kept_capacity`: above this the buffers (about three times the payload) are given back when a
  /// smaller payload follows.
  explicit padded_parser(std::size_t kept_capacity) noexcept : kept_capacity_(kept_capacity) {}

  /// `text` must be followed by `parse_padding` readable bytes. False: not JSON, or no memory.
  [[nodiscard]] bool begin(std::string_view text);
  /// Likewise for a text that is known to be JSON; its index is made when somebody asks for it.
  void begin_later(std::string_view text) noexcept;
  /// The text begun last, from its start. After a `begin` that succeeded, as long as the text
  /// lives. Throws bad_alloc.
  [[nodiscard]] simdjson::ondemand::document& document();

 private:
  bool make_index();

  std::size_t kept_capacity_;
  std::string_view text_;
  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
};

}  // namespace gatehouse::gateway
