#include <gatehouse/gateway/snowflake.hpp>
#include <gatehouse/interactions/callback.hpp>
#include <gatehouse/telemetry/text.hpp>

#include <simdjson.h>

#include <algorithm>
#include <cstdint>

namespace gatehouse::interactions {
namespace {

/// Interaction types (discord-api-docs: receiving-and-responding, Interaction Type).
enum interaction_type : std::int64_t { command = 2, component = 3, autocomplete = 4, modal = 5 };

constexpr std::size_t longest_choice_name = 100;
constexpr std::size_t longest_content = 2'000;
constexpr std::size_t longest_token = 1'024;  ///< Discord's have about 200

constexpr std::string_view built_in_text =
    "The bot is having a temporary issue, please try again or contact us at "
    "https://discord.gg/{invite}";
constexpr std::string_view built_in_text_without_invite =
    "The bot is having a temporary issue, please try again.";
constexpr std::string_view invite_mark = "{invite}";

struct interaction {
  std::string_view id;
  std::string_view token;
  std::int64_t type = 0;
};

/// Whether it can stand in a path as one segment of it, without being encoded.
bool is_path_segment(std::string_view text) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~' || c == '=';
  };
  return !text.empty() && text != "." && text != ".." && std::ranges::all_of(text, is_plain);
}

/// The views live as long as the parser.
std::optional<interaction> read_interaction(simdjson::dom::parser& parser,
                                            std::string_view payload) {
  simdjson::dom::element parsed;
  simdjson::dom::object data;
  std::string_view name;
  interaction read;
  if (parser.parse(payload.data(), payload.size()).get(parsed) != simdjson::SUCCESS ||
      parsed["t"].get(name) != simdjson::SUCCESS || name != "INTERACTION_CREATE" ||
      parsed["d"].get(data) != simdjson::SUCCESS || data["id"].get(read.id) != simdjson::SUCCESS ||
      data["token"].get(read.token) != simdjson::SUCCESS ||
      data["type"].get(read.type) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  if (!gateway::parse_snowflake(read.id) || read.token.size() > longest_token ||
      !is_path_segment(read.token)) {
    return std::nullopt;
  }
  return read;
}

std::string with_invite(std::string_view text, std::string_view invite_code) {
  std::string out;
  for (;;) {
    const auto mark = text.find(invite_mark);
    out += text.substr(0, mark);
    if (mark == std::string_view::npos) return out;
    out += invite_code;
    text.remove_prefix(mark + invite_mark.size());
  }
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string choice_body(const config::interaction_settings& settings) {
  std::string body = R"({"type":8,"data":{"choices":[{"name":)";
  telemetry::append_json_string(body,
                                first_characters(message_text(settings), longest_choice_name));
  return body += R"(,"value":"unavailable"}]}})";
}

std::string message_body(const config::interaction_settings& settings) {
  std::string body = R"({"type":4,"data":{"content":)";
  telemetry::append_json_string(body, first_characters(message_text(settings), longest_content));
  return body += settings.ephemeral ? R"(,"flags":64}})" : "}}";
}

callback deferral(int type, std::string body) {
  return {.body = std::move(body), .type = type, .deferred = type};
}

callback final_answer(int type, std::string body) {
  return {.body = std::move(body), .type = type, .is_final_when_accepted = true};
}

std::optional<callback> answer_to(std::int64_t type, const config::interaction_settings& settings) {
  switch (type) {
    case command:
      return deferral(deferred_channel_message,
                      settings.ephemeral ? R"({"type":5,"data":{"flags":64}})" : R"({"type":5})");
    case component:
      return deferral(deferred_update_message, R"({"type":6})");
    case autocomplete:
      return final_answer(autocomplete_result, choice_body(settings));
    case modal:
      return final_answer(channel_message, message_body(settings));
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<callback> make_callback(std::string_view payload,
                                      const config::interaction_settings& settings) {
  simdjson::dom::parser parser;
  const auto read = read_interaction(parser, payload);
  if (!read) return std::nullopt;
  auto made = answer_to(read->type, settings);
  if (made) {
    made->route.append("/interactions/").append(read->id).append("/").append(read->token);
    made->route += "/callback";
  }
  return made;
}

void replace_body(callback& made, int type, std::string body) {
  const bool is_deferral = type == deferred_channel_message || type == deferred_update_message;
  made.body = std::move(body);
  made.type = type;
  made.deferred = is_deferral ? type : 0;
  made.is_final_when_accepted = !is_deferral;
}

std::string message_text(const config::interaction_settings& settings) {
  auto text = with_invite(settings.message, settings.invite_code);
  if (!is_blank(text)) return text;
  return settings.invite_code.empty() ? std::string{built_in_text_without_invite}
                                      : with_invite(built_in_text, settings.invite_code);
}

std::string_view first_characters(std::string_view text, std::size_t count) noexcept {
  const auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_first_byte(text[at]) && count-- == 0) return text.substr(0, at);
  }
  return text;
}

}  // namespace gatehouse::interactions
