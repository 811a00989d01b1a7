#include "payloads.hpp"

#include <gatehouse/gateway/commands.hpp>
#include <gatehouse/gateway/session.hpp>
#include <gatehouse/telemetry/text.hpp>

#include <array>

namespace gatehouse::gateway {

namespace {

void append_member(std::string& out, std::string_view key, std::string_view text) {
  telemetry::append_json_string(out, key);
  out += ':';
  telemetry::append_json_string(out, text);
}

std::string opened(opcode op) {
  return R"({"op":)" + std::to_string(static_cast<int>(op)) + R"(,"d":)";
}

/// Puts `members` in front of those that the object already has.
std::string with_members(std::string_view object, std::string_view members) {
  const std::size_t brace = object.find('{');
  if (brace == std::string_view::npos) return std::string(object);
  const std::string_view rest = object.substr(brace + 1);
  const std::size_t next = rest.find_first_not_of(" \t\r\n");
  const bool empty = next == std::string_view::npos || rest[next] == '}';
  std::string result = "{";
  result += members;
  if (!empty && !members.empty()) result += ',';
  result += rest;
  return result;
}

std::string quoted(std::uint64_t snowflake) {
  return '"' + std::to_string(snowflake) + '"';
}

}  // namespace

std::string heartbeat_text(std::optional<std::int64_t> seq) {
  return command_text(opcode::heartbeat, seq ? std::to_string(*seq) : "null");
}

std::string identify_text(const session_config& config) {
  std::string text = opened(opcode::identify);
  text += '{';
  append_member(text, "token", "Bot " + config.token);
  text += R"(,"intents":)" + std::to_string(config.intents);
  text += R"(,"shard":[)" + std::to_string(config.shard_id) + ',' +
          std::to_string(config.total_shards) + ']';
  text += R"(,"large_threshold":)" + std::to_string(config.large_threshold);
  text += R"(,"properties":{)";
  append_member(text, "os", config.os);
  text += ',';
  append_member(text, "browser", config.browser);
  text += ',';
  append_member(text, "device", config.device);
  text += '}';
  if (!config.presence.empty()) text += R"(,"presence":)" + complete_presence(config.presence);
  text += "}}";
  return text;
}

std::string resume_text(std::string_view token, const resume_point& point) {
  std::string text = opened(opcode::resume);
  text += '{';
  append_member(text, "token", "Bot " + std::string(token));
  text += ',';
  append_member(text, "session_id", point.session_id);
  text += R"(,"seq":)" + std::to_string(point.seq) + "}}";
  return text;
}

std::string command_text(opcode op, std::string_view body) {
  std::string text = opened(op);
  text += body;
  text += '}';
  return text;
}

std::string complete_presence(std::string_view presence) {
  struct field {
    std::string_view key, fallback;
  };
  constexpr std::array fields{
      field{"since", R"("since":null)"}, field{"activities", R"("activities":[])"},
      field{"status", R"("status":"online")"}, field{"afk", R"("afk":false)"}};
  std::string missing;
  for (const field& wanted : fields) {
    if (has_member(presence, wanted.key)) continue;
    if (!missing.empty()) missing += ',';
    missing += wanted.fallback;
  }
  return with_members(presence, missing);
}

std::string presence_update_text(std::string_view presence) {
  return command_text(opcode::presence_update, complete_presence(presence));
}

std::string voice_state_text(std::uint64_t guild_id, std::optional<std::uint64_t> channel_id,
                             bool self_mute, bool self_deaf) {
  std::string body = R"({"guild_id":)" + quoted(guild_id) + R"(,"channel_id":)";
  body += channel_id ? quoted(*channel_id) : "null";
  body += self_mute ? R"(,"self_mute":true)" : R"(,"self_mute":false)";
  body += self_deaf ? R"(,"self_deaf":true})" : R"(,"self_deaf":false})";
  return command_text(opcode::voice_state_update, body);
}

std::string request_members_text(std::uint64_t guild_id, std::string_view body,
                                 std::string_view nonce) {
  std::string members = R"("guild_id":)" + quoted(guild_id);
  if (!nonce.empty()) {
    members += ',';
    append_member(members, "nonce", nonce);
  }
  return command_text(opcode::request_guild_members, with_members(body, members));
}

}  // namespace gatehouse::gateway
