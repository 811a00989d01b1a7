#include "answers.hpp"

#include <gatehouse/gateway/close_code.hpp>
#include <gatehouse/gateway/pending_requests.hpp>
#include <gatehouse/gateway/snowflake.hpp>

#include <algorithm>

namespace gatehouse::gateway {

namespace {

/// discord-api-docs: opcodes and status codes. Both mean that a frame of ours was no good.
constexpr std::uint16_t unknown_opcode = 4001;
constexpr std::uint16_t decode_error = 4002;

/// A digit of base64, of either alphabet; negative for anything else.
int base64_digit(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

}  // namespace

std::uint64_t user_id_of_token(std::string_view token) {
  std::string id;
  unsigned bits = 0;
  int held = 0;
  for (const char c : token.substr(0, token.find_first_of(".="))) {
    const int digit = base64_digit(c);
    if (digit < 0) return 0;
    bits = (bits << 6U | static_cast<unsigned>(digit)) & 0xffffU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    id += static_cast<char>(bits >> static_cast<unsigned>(held) & 0xffU);
  }
  return parse_snowflake(id).value_or(0);
}

void pending_requests::forget(request_id id) {
  if (!members_.pending().forget(id)) voices_.pending().forget(id);
}

void pending_requests::on_sent(request_id id, runtime::time_point now) {
  members_.pending().on_sent(id, now);
  voices_.pending().on_sent(id, now);
}

bool pending_requests::on_dispatch(const envelope& received, runtime::time_point now,
                                   request_actions& out) {
  if (received.type == "GUILD_MEMBERS_CHUNK") {
    members_.on_chunk(received.data, now, out);
  } else if (received.type == "VOICE_STATE_UPDATE") {
    voices_.on_state(received.guild_id, received.data, own_user_id_, now, out);
  } else if (received.type == "VOICE_SERVER_UPDATE") {
    voices_.on_server(received.guild_id, received.data, now, out);
  } else if (received.type == "RATE_LIMITED") {
    members_.on_rate_limited(received.data, now, out);
  } else {
    return false;
  }
  return true;
}

void pending_requests::on_ready(std::string_view data) {
  if (const auto user_id = read_ready_user_id(data); user_id != 0) own_user_id_ = user_id;
}

void pending_requests::on_connection_lost() {
  members_.pending().on_connection_lost();
  voices_.pending().on_connection_lost();
}

void pending_requests::on_closed(std::uint16_t code, request_actions& out) {
  if (code != unknown_opcode && code != decode_error) return;
  const std::string reason = "Discord closed the connection with " + std::to_string(code) + " (" +
                             std::string{meaning_of_close(code).name} + ") after it was sent";
  members_.pending().on_connection_refused(reason, out);
  voices_.pending().on_connection_refused(reason, out);
}

void pending_requests::on_resumed(runtime::time_point now) {
  members_.pending().on_resumed(now);
  voices_.pending().on_resumed(now);
}

void pending_requests::on_new_session(request_actions& out) {
  members_.pending().on_new_session(out);
  voices_.pending().on_new_session(out);
}

void pending_requests::stop(request_actions& out) {
  members_.pending().stop(out);
  voices_.pending().stop(out);
}

void pending_requests::on_timer(runtime::time_point now, request_actions& out) {
  members_.pending().on_timer(now, out);
  voices_.pending().on_timer(now, out);
}

std::optional<runtime::time_point> pending_requests::deadline() const {
  const auto member = members_.pending().deadline();
  const auto voice = voices_.pending().deadline();
  if (!member || !voice) return member ? member : voice;
  return std::min(*member, *voice);
}

}  // namespace gatehouse::gateway
