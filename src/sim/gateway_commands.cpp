// Client payloads that are answered with events (discord-api-docs: gateway-events, Send Events).
#include "append.hpp"
#include "event_hub.hpp"
#include "gateway_session.hpp"
#include "intents.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace gatehouse::sim {
namespace {

constexpr std::size_t chunk_members = 1000;
constexpr std::size_t max_matches = 100;
constexpr std::size_t max_nonce_bytes = 32;
constexpr runtime::milliseconds hang_on_malformed_id{500};  // seconds, at Discord

std::optional<std::uint64_t> parse_snowflake(std::string_view text) {
  std::uint64_t id = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), id);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
  return id;
}

template <typename Value>
std::optional<std::uint64_t> snowflake(const Value& value) {
  std::string_view text;
  std::uint64_t number = 0;
  if (value.get(text) == simdjson::SUCCESS) return parse_snowflake(text);
  if (value.get(number) == simdjson::SUCCESS) return number;
  return std::nullopt;
}

/// The members a request names, as indexes, and the ids nobody has.
struct member_selection {
  std::vector<std::uint64_t> indexes;
  std::vector<std::string> not_found;
};

void select_id(std::string_view text, std::uint32_t members, member_selection& out) {
  const auto id = parse_snowflake(text);
  const std::uint64_t index = id ? (*id >> 22U) - first_user_snowflake : members;
  if (id && index < members && user_id(index) == *id) {
    out.indexes.push_back(index);
  } else {
    out.not_found.emplace_back(text);
  }
}

member_selection select_members(const simdjson::dom::element& d, std::uint32_t members) {
  member_selection out;
  simdjson::dom::array ids;
  std::string_view text;
  if (d["user_ids"].get(ids) == simdjson::SUCCESS) {
    for (const auto id : ids) {
      if (id.get(text) == simdjson::SUCCESS) select_id(text, members, out);
    }
    return out;
  }
  if (d["user_ids"].get(text) == simdjson::SUCCESS) {
    select_id(text, members, out);
    return out;
  }
  std::string_view query;
  std::uint64_t limit = 0;
  if (d["query"].get(query) != simdjson::SUCCESS) query = {};
  if (d["limit"].get(limit) != simdjson::SUCCESS) limit = 0;
  const bool everybody = query.empty() && limit == 0;
  const std::size_t most =
      everybody ? members : std::min<std::size_t>(limit == 0 ? max_matches : limit, max_matches);
  for (std::uint64_t index = 0; index < members && out.indexes.size() < most; ++index) {
    if (concat("user_", index).starts_with(query)) out.indexes.push_back(index);
  }
  return out;
}

bool asks_for_everybody(const simdjson::dom::element& d) {
  std::string_view query;
  std::uint64_t limit = 0;
  return d["query"].get(query) == simdjson::SUCCESS && query.empty() &&
         (d["limit"].get(limit) != simdjson::SUCCESS || limit == 0);
}

/// False when a user id is no number: that hangs a real session.
bool ids_are_numbers(const simdjson::dom::element& d) {
  simdjson::dom::array ids;
  std::string_view text;
  if (d["user_ids"].get(text) == simdjson::SUCCESS) return parse_snowflake(text).has_value();
  if (d["user_ids"].get(ids) != simdjson::SUCCESS) return true;
  return std::all_of(ids.begin(), ids.end(), [](const simdjson::dom::element& id) {
    std::string_view digits;
    std::uint64_t number = 0;
    if (id.get(digits) == simdjson::SUCCESS) return parse_snowflake(digits).has_value();
    return id.get(number) == simdjson::SUCCESS;
  });
}

/// `,"nonce":"…"`, or nothing: a nonce that is too long is ignored.
std::string nonce_member(const simdjson::dom::element& d) {
  std::string_view nonce;
  if (d["nonce"].get(nonce) != simdjson::SUCCESS || nonce.size() > max_nonce_bytes) return {};
  return concat(R"(,"nonce":)", json_string(nonce));
}

void append_chunk(std::string& out, std::uint64_t guild_id, std::span<const std::uint64_t> members,
                  bool with_presences) {
  append(out, R"({"members":[)");
  for (const auto index : members) {
    if (out.back() == '}') out += ',';
    append_member(out, index, true);
  }
  append(out, R"(],"guild_id":")", guild_id, "\"");
  if (!with_presences) return;
  append(out, R"(,"presences":[)");
  for (const auto index : members) {
    append(out, out.back() == '}' ? "," : "", R"({"user":{"id":")", user_id(index),
           R"("},"status":"online","client_status":{"web":"online"},"activities":[]})");
  }
  append(out, "]");
}

}  // namespace

bool gateway_session::covers(std::uint64_t guild_id) const {
  return shared_.factory.has_guild(guild_id) &&
         (guild_id >> 22U) % session_->shard_count == session_->shard_id;
}

void gateway_session::command(std::int64_t op, const element& d, runtime::time_point now) {
  switch (op) {
    case 3:
      if (!presences_.admit(now)) violate(violation_kind::presence_rate, "presence dropped");
      return;
    case 4:
      return update_voice_state(d);
    case 8:
      return request_members(d, now);
    case 31:
      return request_soundboard_sounds(d);
    default:
      return request_channel_info(d);
  }
}

void gateway_session::update_voice_state(const element& d) {
  const auto guild_id = snowflake(d["guild_id"]);
  if (!guild_id || !covers(*guild_id)) return;
  const auto channel = snowflake(d["channel_id"]);
  bool muted = false;
  bool deaf = false;
  if (d["self_mute"].get(muted) != simdjson::SUCCESS) muted = false;
  if (d["self_deaf"].get(deaf) != simdjson::SUCCESS) deaf = false;
  const std::string update = concat(
      R"({"user_id":")", bot_user_id, R"(","suppress":false,"session_id":")", session_->id,
      R"(","self_video":false,"self_mute":)", json_bool(muted), R"(,"self_deaf":)", json_bool(deaf),
      R"(,"request_to_speak_timestamp":null,"mute":false,"guild_id":")", *guild_id,
      R"(","deaf":false,"channel_id":)", channel ? concat("\"", *channel, "\"") : "null", "}");
  shared_.hub->publish_raw(*guild_id, "VOICE_STATE_UPDATE", update, runtime::clock::now());
  if (!channel) return;
  shared_.hub->dispatch(*session_, "VOICE_SERVER_UPDATE",
                        concat(R"({"token":"voice-)", *guild_id, R"(","guild_id":")", *guild_id,
                               R"(","endpoint":"voice.localhost:443"})"));
}

void gateway_session::request_members(const element& d, runtime::time_point now) {
  const auto guild_id = snowflake(d["guild_id"]);
  if (!guild_id || !ids_are_numbers(d)) {
    violate(violation_kind::malformed_id, "op 8 with an id that is no number");
    silent_ = true;
    return port_.after(hang_on_malformed_id, [this] {
      silent_ = false;
      if (session_ != nullptr) end(*session_);
      send_invalid_session(false);
    });
  }
  if (d["query"].error() != simdjson::SUCCESS && d["user_ids"].error() != simdjson::SUCCESS) {
    return fail(violation_kind::unknown_opcode, 4001, "Unknown opcode.");
  }
  if (!covers(*guild_id)) return;
  if (asks_for_everybody(d)) {
    if ((session_->intents & intent::guild_members) == 0) return;
    const auto window = shared_.options.member_request_window;
    const auto [last, first] = shared_.full_member_requests.try_emplace(*guild_id, now);
    if (!first && now - last->second < window) {
      const auto left =
          std::chrono::duration_cast<runtime::milliseconds>(window - (now - last->second)).count();
      return shared_.hub->dispatch(
          *session_, "RATE_LIMITED",
          concat(R"({"retry_after":)", std::to_string(static_cast<double>(left) / 1000.0),
                 R"(,"opcode":8,"meta":{"guild_id":")", *guild_id, "\"", nonce_member(d), "}}"));
    }
    last->second = now;
  }
  send_member_chunks(*guild_id, d);
}

void gateway_session::send_member_chunks(std::uint64_t guild_id, const element& d) {
  const auto selection = select_members(d, shared_.factory.members_per_guild());
  const auto nonce = nonce_member(d);
  bool presences = false;
  if (d["presences"].get(presences) != simdjson::SUCCESS) presences = false;
  presences = presences && (session_->intents & intent::guild_presences) != 0;
  const std::span<const std::uint64_t> all(selection.indexes);
  const std::size_t count =
      std::max<std::size_t>((all.size() + chunk_members - 1) / chunk_members, 1);
  for (std::size_t index = 0; index < count; ++index) {
    const auto from = index * chunk_members;
    const auto part = all.subspan(from, std::min(chunk_members, all.size() - from));
    std::string chunk;
    append_chunk(chunk, guild_id, part, presences);
    append(chunk, R"(,"chunk_index":)", index, R"(,"chunk_count":)", count);
    if (!selection.not_found.empty()) {
      append(chunk, R"(,"not_found":[)");
      for (const auto& id : selection.not_found) {
        append(chunk, chunk.back() == '[' ? "" : ",", json_string(id));
      }
      append(chunk, "]");
    }
    append(chunk, nonce, "}");
    shared_.hub->dispatch(*session_, "GUILD_MEMBERS_CHUNK", chunk);
  }
}

void gateway_session::request_soundboard_sounds(const element& d) {
  simdjson::dom::array guilds;
  if (d["guild_ids"].get(guilds) != simdjson::SUCCESS) {
    return fail(violation_kind::unknown_opcode, 4001, "Unknown opcode.");
  }
  for (const auto entry : guilds) {
    const auto guild_id = snowflake(entry);
    if (!guild_id || !covers(*guild_id)) continue;
    shared_.hub->dispatch(*session_, "SOUNDBOARD_SOUNDS",
                          concat(R"({"soundboard_sounds":[],"guild_id":")", *guild_id, "\"}"));
  }
}

void gateway_session::request_channel_info(const element& d) {
  const auto guild_id = snowflake(d["guild_id"]);
  if (!guild_id || !covers(*guild_id)) return;
  shared_.hub->dispatch(*session_, "CHANNEL_INFO",
                        concat(R"({"guild_id":")", *guild_id, R"(","channels":[{"id":")",
                               channel_id(*guild_id, 20), R"(","status":"talking"}]})"));
}

}  // namespace gatehouse::sim
