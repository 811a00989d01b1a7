#include "answers.hpp"

#include <gatehouse/gateway/opcode.hpp>
#include <gatehouse/gateway/raw_json.hpp>
#include <gatehouse/gateway/snowflake.hpp>

#include <algorithm>
#include <cmath>

namespace gatehouse::gateway {

namespace {

namespace ondemand = simdjson::ondemand;

/// Calls `read(key, value)` for every member of the object `data` until one cannot be read.
template <class Reader>
bool for_each_member(std::string_view data, Reader read) {
  padded_parser parser{0};
  ondemand::object object;
  if (!parser.begin(data) || parser.document().get_object().get(object)) return false;
  for (auto result : object) {
    ondemand::field field;
    std::string_view key;
    if (std::move(result).get(field) || field.unescaped_key().get(key)) return false;
    if (!read(key, field.value())) return false;
  }
  return true;
}

bool read_array(ondemand::value value, std::string_view& out) {
  ondemand::array array;
  std::string_view text;
  if (value.get_array().get(array) || array.raw_json().get(text)) return false;
  text = trimmed(text);
  text.remove_prefix(1);
  text.remove_suffix(1);
  text = trimmed(text);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  out = text;
  return true;
}

bool read_text(ondemand::value value, std::string& out) {
  std::string_view text;
  if (value.get_string().get(text)) return false;
  out = text;
  return true;
}

/// 0 for null.
bool read_id(ondemand::value value, std::uint64_t& out) {
  bool is_null = false;
  if (!value.is_null().get(is_null) && is_null) return true;
  std::string_view text;
  if (!read_raw_string(value, text)) return false;
  out = parse_snowflake(text).value_or(0);
  return true;
}

bool read_object_text(ondemand::value value, std::string_view& out) {
  ondemand::object object;
  return !value.get_object().get(object) && !object.raw_json().get(out);
}

}  // namespace

std::optional<members_chunk> read_members_chunk(std::string_view data) {
  members_chunk chunk;
  const bool is_read = for_each_member(data, [&](std::string_view key, ondemand::value value) {
    if (key == "members") return read_array(value, chunk.members);
    if (key == "presences") return read_array(value, chunk.presences);
    if (key == "not_found") return read_array(value, chunk.not_found);
    if (key == "chunk_index") return !value.get_uint64().get(chunk.index);
    if (key == "chunk_count") return !value.get_uint64().get(chunk.count);
    if (key == "guild_id") return read_id(value, chunk.guild_id);
    if (key == "nonce") return read_text(value, chunk.nonce);
    return true;
  });
  if (!is_read || chunk.nonce.empty() || chunk.index >= chunk.count) return std::nullopt;
  return chunk;
}

std::optional<rate_limited> read_rate_limited(std::string_view data) {
  rate_limited limit;
  std::uint64_t op = 0;
  std::string_view meta;
  const bool is_read = for_each_member(data, [&](std::string_view key, ondemand::value value) {
    if (key == "opcode") return !value.get_uint64().get(op);
    if (key == "retry_after") return !value.get_double().get(limit.retry_after);
    if (key == "meta") return read_object_text(value, meta);
    return true;
  });
  if (!is_read || op != static_cast<std::uint64_t>(opcode::request_guild_members)) {
    return std::nullopt;
  }
  const bool has_meta = for_each_member(meta, [&](std::string_view key, ondemand::value value) {
    return key != "nonce" || read_text(value, limit.nonce);
  });
  if (!has_meta || limit.nonce.empty() || !std::isfinite(limit.retry_after)) return std::nullopt;
  limit.retry_after = std::max(limit.retry_after, 0.0);
  return limit;
}

std::optional<voice_state> read_voice_state(std::string_view data) {
  voice_state state;
  const bool is_read = for_each_member(data, [&](std::string_view key, ondemand::value value) {
    if (key == "user_id") return read_id(value, state.user_id);
    if (key == "channel_id") return read_id(value, state.channel_id);
    if (key == "session_id") return read_raw_string(value, state.session_id);
    return true;
  });
  if (!is_read || state.user_id == 0 || state.session_id.empty()) return std::nullopt;
  return state;
}

std::optional<voice_server> read_voice_server(std::string_view data) {
  voice_server server;
  const bool is_read = for_each_member(data, [&](std::string_view key, ondemand::value value) {
    if (key == "token") return read_raw_string(value, server.token);
    if (key != "endpoint") return true;
    bool is_null = false;
    if (!value.is_null().get(is_null) && is_null) return true;
    return read_raw_string(value, server.endpoint);
  });
  if (!is_read || server.token.empty()) return std::nullopt;
  return server;
}

std::uint64_t read_ready_user_id(std::string_view data) {
  std::uint64_t user_id = 0;
  std::string_view user;
  const bool has_user = for_each_member(data, [&](std::string_view key, ondemand::value value) {
    return key != "user" || read_object_text(value, user);
  });
  const bool is_read = has_user && !user.empty() &&
                       for_each_member(user, [&](std::string_view key, ondemand::value value) {
                         return key != "id" || read_id(value, user_id);
                       });
  return is_read ? user_id : 0;
}

}  // namespace gatehouse::gateway
