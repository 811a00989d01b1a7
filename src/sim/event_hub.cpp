#include "event_hub.hpp"

#include "append.hpp"
#include "copy_variation.hpp"
#include "flood.hpp"
#include "gateway_session.hpp"
#include "intents.hpp"

#include <gatehouse/sim/content_hash.hpp>

#include <simdjson.h>

#include <charconv>
#include <functional>

namespace gatehouse::sim {
namespace {

bool wants(const session& target, std::string_view type) {
  const auto needed = intents_for(type);
  return needed == 0 || (needed & target.intents) != 0;
}

}  // namespace

void event_hub::dispatch(session& target, std::string_view type, std::string_view d) {
  const std::uint64_t seq = ++target.seq;
  ++target.events;
  ++events_;
  std::string varied;
  if (shared_.options.vary_copies && type != "READY" && type != "RESUMED") {
    d = varied = vary_copy(d, std::hash<std::string>{}(target.id));
  }
  std::string payload;
  payload.reserve(d.size() + type.size() + 48);
  append(payload, R"({"t":")", type, R"(","s":)", seq, R"(,"op":0,"d":)", d, "}");
  if (shared_.options.record_events) {
    shared_.registry->sent(target.registry_index, seq, type, content_hash(payload));
  }
  if (type == "RESUMED") {
    target.connections.back()->deliver(payload);  // the others have not asked
  } else {
    for (auto* const connection : target.connections) connection->deliver(payload);
    // A second resume repeats events, never the RESUMED of an earlier one.
    target.replay.push(seq, std::move(payload));
  }
  const bool reached = target.events >= shared_.faults.next_event();
  if (reached && (reached_.empty() || reached_.back() != target.id)) reached_.push_back(target.id);
}

std::uint64_t event_hub::wanted_intents(std::uint64_t guild_id) {
  std::uint64_t intents = 0;
  shared_.sessions.each_covering(guild_id,
                                 [&](const session& target) { intents |= target.intents; });
  return intents;
}

bool event_hub::anybody_wants(std::uint64_t guild_id, std::string_view type) {
  bool wanted = false;
  shared_.sessions.each_covering(guild_id,
                                 [&](const session& target) { wanted |= wants(target, type); });
  return wanted;
}

std::uint64_t event_hub::publish(std::uint64_t guild_id, std::string_view type,
                                 runtime::time_point now) {
  if (!shared_.factory.has_guild(guild_id) || !anybody_wants(guild_id, type)) return 0;
  const auto number = shared_.factory.next_number(guild_id);
  scratch_.clear();
  shared_.factory.append_event(scratch_, type, guild_id, number);
  if (type == "INTERACTION_CREATE") {
    const auto id = shared_.factory.interaction_of(guild_id, number);
    shared_.interactions.sent(id, interaction_token(id), event_factory::interaction_type_of(number),
                              now);
  }
  send_to_covering(guild_id, type, scratch_, now);
  return number;
}

std::uint64_t event_hub::publish_from_mix(std::uint64_t guild_id, runtime::time_point now) {
  const std::string_view only = shared_.options.event_type;
  const auto type = only.empty() ? shared_.factory.pick_type(wanted_intents(guild_id)) : only;
  return publish(guild_id, type, now);
}

std::uint64_t event_hub::publish_interaction(std::uint64_t guild_id, int interaction_type,
                                             runtime::time_point now) {
  constexpr std::string_view type = "INTERACTION_CREATE";
  if (!shared_.factory.has_guild(guild_id) || !anybody_wants(guild_id, type)) return 0;
  const auto number = shared_.factory.next_number(guild_id);
  const auto id = shared_.factory.interaction_of(guild_id, number);
  scratch_.clear();
  shared_.factory.append_interaction_event(scratch_, guild_id, number, interaction_type);
  shared_.interactions.sent(id, interaction_token(id), interaction_type, now);
  send_to_covering(guild_id, type, scratch_, now);
  return id;
}

void event_hub::publish_raw(std::uint64_t guild_id, std::string_view type, std::string_view d,
                            runtime::time_point now) {
  note_raw_interaction(type, d, now);
  send_to_covering(guild_id, type, d, now);
}

void event_hub::publish_raw_to_shard(std::uint32_t shard_id, std::string_view type,
                                     std::string_view d, runtime::time_point now) {
  note_raw_interaction(type, d, now);
  shared_.sessions.each([&](session& target) {
    if (target.shard_id == shard_id) dispatch_or_delay(target, type, d, now);
  });
}

void event_hub::send_to_covering(std::uint64_t guild_id, std::string_view type, std::string_view d,
                                 runtime::time_point now) {
  shared_.sessions.each_covering(guild_id, [&](session& target) {
    if (wants(target, type)) dispatch_or_delay(target, type, d, now);
  });
}

void event_hub::dispatch_or_delay(session& target, std::string_view type, std::string_view d,
                                  runtime::time_point now) {
  if (target.delivery_delay == runtime::duration::zero()) {
    dispatch(target, type, d);
  } else {
    target.delayed.push_back({now + target.delivery_delay, std::string(type), std::string(d)});
  }
}

void event_hub::note_raw_interaction(std::string_view type, std::string_view d,
                                     runtime::time_point now) {
  if (type != "INTERACTION_CREATE") return;
  simdjson::dom::parser parser;
  simdjson::dom::element parsed;
  std::string_view id_text;
  std::string_view token;
  std::int64_t interaction_type = 0;
  if (parser.parse(d.data(), d.size()).get(parsed) != simdjson::SUCCESS ||
      parsed["id"].get(id_text) != simdjson::SUCCESS ||
      parsed["token"].get(token) != simdjson::SUCCESS ||
      parsed["type"].get(interaction_type) != simdjson::SUCCESS) {
    return;
  }
  std::uint64_t id = 0;
  std::from_chars(id_text.data(), id_text.data() + id_text.size(), id);
  shared_.interactions.sent(id, token, static_cast<int>(interaction_type), now);
}

void event_hub::send_delayed(runtime::time_point now) {
  shared_.sessions.each([&](session& target) {
    while (!target.delayed.empty() && target.delayed.front().due <= now) {
      const auto event = std::move(target.delayed.front());
      target.delayed.pop_front();
      dispatch(target, event.type, event.d);
    }
  });
}

void event_hub::strike_reached() {
  while (!reached_.empty()) {
    const std::string id = std::move(reached_.back());
    reached_.pop_back();
    const session* const target = shared_.sessions.find(id);
    if (target == nullptr) continue;
    for (fault what : shared_.faults.take_reached(target->shard_id, target->events)) {
      what.shard = target->shard_id;
      strike(what);
    }
  }
}

void event_hub::strike(const fault& what) {
  std::vector<gateway_session*> struck;
  shared_.sessions.each([&](const session& target) {
    if (what.shard && *what.shard != target.shard_id) return;
    struck.insert(struck.end(), target.connections.begin(), target.connections.end());
  });
  for (auto* const connection : struck) connection->strike(what);
  shared_.board.update([&](statistics& numbers) { numbers.faults_struck += struck.size(); });
}

void event_hub::publish_statistics() {
  std::vector<session_statistics> sessions;
  sessions.reserve(shared_.sessions.size());
  std::uint64_t pending = 0;
  shared_.sessions.each([&](const session& entry) {
    for (const auto* const connection : entry.connections) pending += connection->pending_bytes();
    sessions.push_back({.session_id = entry.id,
                        .shard_id = entry.shard_id,
                        .shard_count = entry.shard_count,
                        .connected = !entry.connections.empty(),
                        .seq = entry.seq,
                        .events = entry.events,
                        .heartbeats = entry.heartbeats,
                        .last_heartbeat_seq = entry.last_heartbeat_seq});
  });
  shared_.board.update([&](statistics& numbers) {
    numbers.events = events_;
    numbers.pending_bytes = pending;
    numbers.session_starts_remaining = shared_.identify.remaining();
    numbers.flood_remaining = shared_.running_flood->remaining();
    numbers.sessions = std::move(sessions);
    numbers.shards = shared_.sessions.presences(runtime::clock::now());
  });
}

}  // namespace gatehouse::sim
