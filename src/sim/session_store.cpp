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

void session_store::end(const std::string& id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  const session& ended = *found->second;
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
  for (const auto& id : expired) end(id);
}

}  // namespace gatehouse::sim
