#include "text_rules.hpp"

#include "url_syntax.hpp"

#include <gatehouse/config/listen_address.hpp>

#include <algorithm>

namespace gatehouse::config {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

bool is_graphic(char c) {
  return c > 0x20 && c < 0x7F;
}

bool is_event_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_invite_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

std::string control_violation(std::string_view text) {
  if (std::ranges::any_of(text, is_control)) return "must not contain control characters";
  return {};
}

/// A line break in a header value would let it smuggle further headers; spaces at its ends are
/// removed by every receiver, so the secret would never match.
std::string header_violation(std::string_view text) {
  if (std::ranges::any_of(text, is_control)) {
    return "must not contain control characters (line ends included): it is sent in an HTTP header";
  }
  if (text.starts_with(' ') || text.ends_with(' ')) {
    return "must not begin or end with a space: it is sent in an HTTP header";
  }
  return {};
}

std::string token_violation(std::string_view text) {
  if (text.starts_with("Bot ")) text.remove_prefix(4);
  if (text.empty()) return "is empty but for its prefix; a bot token is needed";
  if (!std::ranges::all_of(text, is_graphic)) {
    return "must be printable ASCII without spaces or line ends, with or without `Bot ` before it";
  }
  if (text.find_first_of("\"'`") != text.npos) return "must not have quotes around it or in it";
  if (text.find('=') != text.npos) {
    return "must be the token alone: it has a =, as NAME=value has (such a file goes to "
           "--env-file)";
  }
  return {};
}

std::string event_violation(std::string_view text) {
  if (!text.empty() && std::ranges::all_of(text, is_event_character)) return {};
  return "is not an event name; allowed: upper-case names of A-Z, 0-9 and _, such as "
         "MESSAGE_CREATE";
}

std::string invite_violation(std::string_view text) {
  if (std::ranges::all_of(text, is_invite_character)) return {};
  return "is not an invite code; allowed: letters, digits and -, without https://discord.gg/";
}

bool is_name_character(char c) {
  return is_invite_character(c) || c == '_';
}

std::string name_violation(std::string_view text) {
  if (std::ranges::all_of(text, is_name_character)) return {};
  return "is part of keys and subjects of NATS; allowed: letters, digits, _ and -";
}

std::string listen_violation(std::string_view text) {
  if (parse_listen_address(text)) return {};
  return "is not an address; allowed: host:port or [IPv6]:port with a port from 0 to 65535, or "
         "\"\" for off";
}

}  // namespace

std::string violation(text_rule rule, std::string_view text) {
  switch (rule) {
    case text_rule::any:
      return {};
    case text_rule::plain:
    case text_rule::path:
      return control_violation(text);
    case text_rule::header_value:
      return header_violation(text);
    case text_rule::bot_token:
      return token_violation(text);
    case text_rule::rest_url:
      return rest_url_violation(text);
    case text_rule::ws_base:
      return base_url_violation(text, {"ws", "wss"});
    case text_rule::nats_server:
      return nats_server_violation(text);
    case text_rule::handler_url:
      return handler_url_violation(text);
    case text_rule::member_name:
      return name_violation(text);
    case text_rule::listen:
      return listen_violation(text);
    case text_rule::event_name:
      return event_violation(text);
    case text_rule::invite_code:
      return invite_violation(text);
  }
  return {};
}

}  // namespace gatehouse::config
