#include "answers.hpp"
#include "large_dispatch.hpp"
#include "payloads.hpp"

#include <gatehouse/gateway/command_check.hpp>
#include <gatehouse/gateway/envelope.hpp>
#include <gatehouse/gateway/text_cursor.hpp>

#include <simdjson.h>

#include <fuzz_input.hpp>

// A payload as it comes out of a WebSocket message. What lies behind it counts for nothing, a long
// payload (read by text_cursor) means what a short one does, and a strict parser agrees.

namespace gatehouse::gateway {
namespace {

using fuzz::padded;
using fuzz::require;

struct reading {
  envelope_error error = envelope_error::none;
  int op = 0;
  std::int64_t seq = 0;
  std::uint64_t guild_id = 0;
  std::string type{};
  std::string data{};
  bool operator==(const reading&) const = default;
};

/// In which words it is refused does not matter.
bool is_same(const reading& a, const reading& b) {
  const bool is_read = a.error == envelope_error::none;
  return is_read == (b.error == envelope_error::none) && (!is_read || a == b);
}

std::string_view without_space(std::string_view text) {
  while (!text.empty() && std::string_view{" \t\r\n"}.find(text.back()) != text.npos) {
    text.remove_suffix(1);
  }
  return text;
}

reading read(std::string_view payload, char behind) {
  static envelope_parser parser;
  const padded text{payload, parse_padding, behind};
  envelope got;
  const auto error = parser.parse(text.view(), got);
  if (error != envelope_error::none) return {.error = error};
  return {error,
          got.op,
          got.seq,
          got.guild_id,
          std::string{got.type},
          std::string{without_space(got.data)}};
}

/// What reads large payloads without an index takes nothing that simdjson reads otherwise.
void compare_with_cursor(std::string_view payload, const reading& got) {
  const padded text{payload, parse_padding, '"'};
  envelope quick;
  if (!read_large_dispatch(text.view(), quick)) return;
  require(got.error == envelope_error::none, "simdjson takes it as well");
  require(got.op == quick.op && got.seq == quick.seq && got.type == quick.type, "the same head");
  require(got.guild_id == quick.guild_id, "the same guild");
  require(got.data == without_space(quick.data), "the same data");
}

void check_command(std::string_view payload) {
  const auto verdict = validate_command(payload);
  require(verdict.op.has_value() == verdict.error.empty(), "it may be sent, or it is said why not");
  if (!verdict.op) return;
  require(payload.size() <= longest_command, "Discord takes its length");
  simdjson::dom::parser strict;
  require(strict.parse(payload.data(), payload.size()).error() == simdjson::SUCCESS, "it is JSON");
}

void compare_with_strict_parser(std::string_view payload, const reading& got) {
  static simdjson::dom::parser strict;
  simdjson::dom::element root;
  if (strict.parse(payload.data(), payload.size()).get(root) != simdjson::SUCCESS) return;
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS) {
    require(got.error == envelope_error::not_an_object, "valid, but no object");
    return;
  }
  require(got.error != envelope_error::not_json && got.error != envelope_error::not_an_object,
          "valid JSON is read");
  if (got.error != envelope_error::none) return;
  int named_op = 0;
  for (const auto field : object) named_op += field.key == "op" ? 1 : 0;
  std::int64_t op = 0;
  if (named_op == 1 && object["op"].get(op) == simdjson::SUCCESS) {
    require(op == got.op, "the opcode is what a strict parser reads");
  }
}

void read_answers(std::string_view payload) {
  const padded text{payload, parse_padding};
  if (const auto chunk = read_members_chunk(text.view())) {
    for (const auto part : {chunk->members, chunk->presences, chunk->not_found}) {
      require(
          part.empty() || (part.data() >= text.view().data() &&
                           part.data() + part.size() <= text.view().data() + text.view().size()),
          "views lie within the payload");
    }
  }
  if (const auto limited = read_rate_limited(text.view())) {
    require(limited->retry_after >= 0, "a wait is not negative");
  }
  static_cast<void>(read_voice_state(text.view()));
  static_cast<void>(read_voice_server(text.view()));
  static_cast<void>(read_ready_user_id(text.view()));
  if (const auto ready = read_ready(text.view())) {
    require(!ready->session_id.empty(), "a session has an id");
  }
  if (const auto interval = read_heartbeat_interval(text.view())) {
    require(*interval >= shortest_heartbeat && *interval <= longest_heartbeat, "a sane interval");
  }
  static_cast<void>(has_member(text.view(), "nonce"));
  static_cast<void>(string_member(text.view(), "nonce"));
}

}  // namespace
}  // namespace gatehouse::gateway

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::gateway;
  using gatehouse::fuzz::require;
  const std::string_view payload = gatehouse::fuzz::input{data, size}.rest();
  const reading got = read(payload, '#');
  require(is_same(got, read(payload, '}')), "what is behind the payload counts for nothing");
  require(is_same(got, read(payload, '\0')), "what is behind the payload counts for nothing");
  if (size < large_payload) compare_with_cursor(payload, got);
  check_command(payload);
  compare_with_strict_parser(payload, got);
  read_answers(payload);
  return 0;
}
