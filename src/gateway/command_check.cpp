#include "payloads.hpp"

#include <gatehouse/gateway/command_check.hpp>
#include <gatehouse/gateway/commands.hpp>
#include <gatehouse/gateway/snowflake.hpp>

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>

namespace gatehouse::gateway {

namespace {

namespace dom = simdjson::dom;

/// An empty text is a pass.
using complaint = std::string;

constexpr std::size_t longest_nonce = 32;
constexpr std::size_t most_user_ids = 100;
constexpr std::int64_t most_by_prefix = 100;

std::optional<dom::element> member(dom::object data, std::string_view key) {
  dom::element value;
  if (data.at_key(key).get(value)) return std::nullopt;
  return value;
}

complaint wrong(std::string_view key, std::string_view expected) {
  return "d." + std::string(key) + " must be " + std::string(expected);
}

bool is_snowflake(dom::element value) {
  std::string_view text;
  return !value.get(text) && parse_snowflake(text);
}

complaint need_snowflake(dom::object data, std::string_view key) {
  const auto value = member(data, key);
  return value && is_snowflake(*value) ? "" : wrong(key, "a snowflake in a string");
}

complaint optional_bool(dom::object data, std::string_view key) {
  const auto value = member(data, key);
  return !value || value->is_bool() ? "" : wrong(key, "true or false");
}

complaint first_of(std::initializer_list<complaint> all) {
  const auto* found =
      std::find_if(all.begin(), all.end(), [](auto& text) { return !text.empty(); });
  return found == all.end() ? "" : *found;
}

complaint check_presence_data(dom::object data) {
  constexpr std::array states{"online", "dnd", "idle", "invisible", "offline"};
  std::string_view status;
  const auto text = member(data, "status");
  if (!text || text->get(status) ||
      std::find(states.begin(), states.end(), status) == states.end()) {
    return wrong("status", "online, dnd, idle, invisible or offline");
  }
  const auto activities = member(data, "activities");
  if (!activities || !activities->is_array()) return wrong("activities", "an array");
  const auto since = member(data, "since");
  if (since && !since->is_null() && !since->is_int64()) return wrong("since", "ms or null");
  return optional_bool(data, "afk");
}

complaint check_voice(dom::object data) {
  const auto channel = member(data, "channel_id");
  if (!channel || !(channel->is_null() || is_snowflake(*channel))) {
    return wrong("channel_id", "a snowflake in a string, or null to leave");
  }
  return first_of({need_snowflake(data, "guild_id"), optional_bool(data, "self_mute"),
                   optional_bool(data, "self_deaf")});
}

bool are_snowflakes(dom::element value) {
  dom::array ids;
  if (value.get(ids)) return is_snowflake(value);
  return ids.size() > 0 && ids.size() <= most_user_ids &&
         std::all_of(ids.begin(), ids.end(), is_snowflake);
}

complaint check_query(dom::object data, dom::element query) {
  std::string_view text;
  std::int64_t limit = 0;
  if (query.get(text)) return wrong("query", "a string");
  const auto value = member(data, "limit");
  if (!value || value->get(limit) || limit < 0) return wrong("limit", "a number, 0 for no limit");
  if (!text.empty() && limit > most_by_prefix) return wrong("limit", "at most 100 with a query");
  return "";
}

complaint check_members(dom::object data) {
  if (auto error = need_snowflake(data, "guild_id"); !error.empty()) return error;
  const auto user_ids = member(data, "user_ids");
  const auto query = member(data, "query");
  if (!query && !user_ids) return "d needs query and limit, or user_ids";
  if (user_ids && !are_snowflakes(*user_ids)) {
    return wrong("user_ids", "a snowflake in a string, or an array of 1 to 100");
  }
  if (query) {
    if (auto error = check_query(data, *query); !error.empty()) return error;
  }
  std::string_view nonce;
  const auto nonce_value = member(data, "nonce");
  // Discord ignores a longer one, and the asker would wait for ever.
  if (nonce_value && (nonce_value->get(nonce) || nonce.size() > longest_nonce)) {
    return wrong("nonce", "a string of at most 32 bytes");
  }
  return optional_bool(data, "presences");
}

complaint check_soundboard(dom::object data) {
  const auto value = member(data, "guild_ids");
  dom::array ids;
  if (!value || value->get(ids) || ids.size() == 0 ||
      !std::all_of(ids.begin(), ids.end(), is_snowflake)) {
    return wrong("guild_ids", "an array of snowflakes in strings");
  }
  return "";
}

bool is_channel_field(dom::element value) {
  std::string_view name;
  return !value.get(name) && (name == "status" || name == "voice_start_time");
}

complaint check_channel_info(dom::object data) {
  const auto value = member(data, "fields");
  dom::array fields;
  if (!value || value->get(fields) || fields.size() == 0 ||
      !std::all_of(fields.begin(), fields.end(), is_channel_field)) {
    return wrong("fields", "an array of status, voice_start_time");
  }
  return need_snowflake(data, "guild_id");
}

struct rule {
  opcode op;
  complaint (*check)(dom::object);
};

constexpr std::array rules{
    rule{opcode::presence_update, check_presence_data},
    rule{opcode::voice_state_update, check_voice},
    rule{opcode::request_guild_members, check_members},
    rule{opcode::request_soundboard_sounds, check_soundboard},
    rule{opcode::request_channel_info, check_channel_info},
};

/// At any depth. Which of two Discord would take is not known. Recursion ends where the parser's
/// own limit of depth does.
bool has_doubled_key(dom::element value) {
  dom::object object;
  dom::array array;
  if (!value.get(array)) return std::any_of(array.begin(), array.end(), has_doubled_key);
  if (value.get(object)) return false;
  std::set<std::string_view> keys;
  return std::any_of(object.begin(), object.end(), [&](const auto field) {
    return !keys.insert(field.key).second || has_doubled_key(field.value);
  });
}

command_verdict refused(std::string why) {
  return {std::nullopt, std::move(why)};
}

}  // namespace

command_verdict validate_command(std::string_view json) {
  if (json.size() > longest_command) return refused("longer than 4096 bytes");
  dom::parser parser;
  dom::element root;
  dom::object payload;
  if (parser.parse(json.data(), json.size()).get(root)) return refused("not JSON");
  if (root.get(payload)) return refused("not a JSON object");
  std::int64_t op = 0;
  if (has_doubled_key(root)) return refused("a key occurs twice");
  if (payload.at_key("op").get(op)) return refused("op is missing or not a number");
  const auto* found = std::find_if(rules.begin(), rules.end(), [op](const rule& candidate) {
    return static_cast<std::int64_t>(candidate.op) == op;
  });
  if (found == rules.end()) return refused("op must be one of 3, 4, 8, 31, 43");
  dom::object data;
  if (payload.at_key("d").get(data)) return refused("d is missing or not an object");
  if (auto error = found->check(data); !error.empty()) return refused(std::move(error));
  return {found->op, {}};
}

// What callers give is looked at on its own first: what is not one object must not slip through the
// frame built around it.

checked_text check_presence(std::string_view presence) {
  if (!is_object(presence)) return {{}, "the presence must be a JSON object"};
  std::string complete = complete_presence(presence);
  auto checked = validate_command(presence_update_text(complete));
  if (!checked.op) return {{}, std::move(checked.error)};
  return {std::move(complete), {}};
}

checked_member_request check_member_request(std::uint64_t guild_id, std::string_view body,
                                            std::string_view nonce) {
  const auto refuse = [](std::string why) {
    return checked_member_request{{{}, std::move(why)}, {}};
  };
  if (!is_object(body)) return refuse("the request must be a JSON object");
  if (has_member(body, "guild_id")) return refuse("guild_id must not be given again");
  std::string named = string_member(body, "nonce");
  const bool has_nonce = has_member(body, "nonce");
  if (has_nonce && named.empty()) return refuse("d.nonce must be a string of 1 to 32 bytes");
  checked_member_request request;
  request.frame.text = request_members_text(guild_id, body, has_nonce ? std::string_view{} : nonce);
  request.nonce = has_nonce ? std::move(named) : std::string{nonce};
  auto checked = validate_command(request.frame.text);
  if (!checked.op) return refuse(std::move(checked.error));
  return request;
}

}  // namespace gatehouse::gateway
