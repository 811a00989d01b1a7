#pragma once

#include "event_maker.hpp"

#include <gatehouse/delivery/lane_scheduler.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace gatehouse::delivery::testing {

inline spooled_place place_of(const events::event& event) {
  return {event.shard_id(), event.guild_id, event.position, event.is_barrier};
}

/// What a scheduler's spool holds, as its owner knows it: who is there, and how to make it again.
class spooled_events {
 public:
  explicit spooled_events(event_maker& maker) : maker_(maker) {}

  void keep(const events::event& event) {
    rows_[{event.shard_id(), event.position}] = {place_of(event), event.seq};
  }
  [[nodiscard]] bool has_any(int shard_id) const {
    const auto first = rows_.lower_bound({shard_id, 0});
    return first != rows_.end() && first->first.first == shard_id;
  }
  [[nodiscard]] std::size_t size() const { return rows_.size(); }

  /// The oldest of a shard, as it is read back.
  events::event_ptr take_oldest(int shard_id) {
    const auto first = rows_.lower_bound({shard_id, 0});
    const row found = first->second;
    rows_.erase(first);
    auto made = maker_.pool.make("{\"shardId\":" + std::to_string(shard_id) + ",\"message\":",
                                 "{\"n\":" + std::to_string(found.seq) + "}");
    made->session = maker_.sessions.at(shard_id);
    made->seq = found.seq;
    made->guild_id = found.place.guild_id;
    made->is_barrier = found.place.is_barrier;
    made->position = found.place.position;
    made->is_loaded = true;
    return made;
  }
  spooled_place remove(int shard_id, std::int64_t position) {
    const auto found = rows_.find({shard_id, position});
    const auto place = found->second.place;
    rows_.erase(found);
    return place;
  }
  spooled_place remove_seq(int shard_id, std::int64_t seq) {
    const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const auto& each) {
      return each.first.first == shard_id && each.second.seq == seq;
    });
    return remove(shard_id, found->first.second);
  }
  void forget(int shard_id) {
    std::erase_if(rows_, [&](const auto& each) { return each.first.first == shard_id; });
  }

 private:
  struct row {
    spooled_place place;
    std::int64_t seq = 0;
  };
  event_maker& maker_;
  std::map<std::pair<int, std::int64_t>, row> rows_;  ///< by shard and position
};

}  // namespace gatehouse::delivery::testing
