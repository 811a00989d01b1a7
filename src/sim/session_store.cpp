#include "session_store.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::sim {
namespace {

std::string hex_id(random_stream& random) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string id;
  for (int word = 0; word < 2; ++word) {
    std::uint64_t bits = random.next();
    for (int digit = 0; digit < 16; ++digit, bits >>= 4U) id += digits[bits & 15U];
  }
  return id;
}

}  // namespace

session& session_store::create(std::uint32_t shard_id, std::uint32_t shard_count,
                               std::uint64_t intents) {
  auto made = std::make_unique<session>(replay_events_);
  made->id = hex_id(random_);
  made->shard_id = shard_id;
  made->shard_count = shard_count;
  made->intents = intents;
  session& result = *made;
  auto& shards = by_shard_[shard_count];
  shards.resize(shard_count);
  shards[shard_id].push_back(&result);
  by_id_.emplace(result.id, std::move(made));
  ++revision_;
  return result;
}

session* session_store::find(std::string_view id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second.get();
}

void session_store::attach(session& joined, gateway_session& connection, runtime::time_point now) {
  if (joined.connections.empty()) count_live(joined, true, now);
  joined.connections.push_back(&connection);
  joined.away_since.reset();
}

void session_store::detach(session& left, gateway_session& connection, runtime::time_point now) {
  std::erase(left.connections, &connection);
  if (!left.connections.empty()) return;
  left.away_since = now;
  count_live(left, false, now);
}

void session_store::count_live(const session& changed, bool is_live, runtime::time_point now) {
  auto& watched = watched_[{changed.shard_count, changed.shard_id}];
  auto& seen = watched.seen;
  seen.shard_id = changed.shard_id;
  seen.shard_count = changed.shard_count;
  seen.live_sessions += is_live ? 1 : -1;
  seen.most_live_sessions = std::max(seen.most_live_sessions, seen.live_sessions);
  if (seen.live_sessions == 0) {
    watched.away_since = now;
  } else if (watched.away_since) {
    const auto gap = std::chrono::duration_cast<runtime::milliseconds>(now - *watched.away_since);
    seen.longest_gap = std::max(seen.longest_gap, gap);
    watched.away_since.reset();
  }
}

std::vector<shard_presence> session_store::presences(runtime::time_point now) const {
  std::vector<shard_presence> result;
  for (const auto& [key, watched] : watched_) {
    result.push_back(watched.seen);
    if (!watched.away_since) continue;
    result.back().away =
        std::chrono::duration_cast<runtime::milliseconds>(now - *watched.away_since);
  }
  return result;
}

void session_store::end(const std::string& id, runtime::time_point now) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  const session& ended = *found->second;
  if (!ended.connections.empty()) count_live(ended, false, now);
  auto& shards = by_shard_[ended.shard_count];
  std::erase(shards[ended.shard_id], &ended);
  if (std::all_of(shards.begin(), shards.end(), [](const auto& list) { return list.empty(); })) {
    by_shard_.erase(ended.shard_count);
  }
  by_id_.erase(found);
  ++revision_;
}

void session_store::expire(runtime::time_point now, runtime::duration lifetime) {
  std::vector<std::string> expired;
  for (const auto& [id, entry] : by_id_) {
    const auto& away_since = entry->away_since;
    if (away_since && now - *away_since >= lifetime) expired.push_back(id);
  }
  for (const auto& id : expired) end(id, now);
}

}  // namespace gatehouse::sim
