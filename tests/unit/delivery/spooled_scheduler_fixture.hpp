#pragma once

#include "event_maker.hpp"
#include "spooled_events.hpp"

#include <gatehouse/delivery/lane_scheduler.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace gatehouse::delivery::testing {

inline constexpr auto now = runtime::time_point{runtime::seconds{100}};
using seq_list = std::vector<std::int64_t>;

inline seq_list seqs(const request* taken) {
  seq_list result;
  if (taken != nullptr) {
    for (const auto& event : taken->events) result.push_back(event.seq);
  }
  return result;
}

/// A scheduler and its spool. Events are numbered from 1 on in the order of their arrival.
struct spooled_fixture {
  explicit spooled_fixture(config::ordering order = config::ordering::guild, std::size_t depth = 1)
      : scheduler(order, depth, 4) {}

  events::event& push(std::uint64_t guild, int shard = 0) {
    return add(maker.make({.shard_id = shard, .guild_id = guild}));
  }
  events::event& push_ready(int shard = 0) {
    return add(maker.make({.shard_id = shard, .name = "READY", .is_barrier = true}));
  }
  /// An arrival that goes to the spool.
  void spill(std::uint64_t guild, int shard = 0) {
    to_spool(*maker.make({.shard_id = shard, .guild_id = guild}));
  }
  void spill_ready(int shard = 0) {
    to_spool(*maker.make({.shard_id = shard, .name = "READY", .is_barrier = true}));
  }
  bool lines_up(std::uint64_t guild, int shard = 0, bool is_barrier = false) {
    return scheduler.lines_up(
        *maker.make({.shard_id = shard, .guild_id = guild, .is_barrier = is_barrier}));
  }
  void evict(events::event& newest) {
    ASSERT_TRUE(scheduler.can_evict(newest));
    spool.keep(newest);
    EXPECT_EQ(scheduler.evict(newest).get(), &newest);
  }
  void load(int shard = 0) { scheduler.push_loaded(spool.take_oldest(shard)); }
  void remove(std::int64_t position, int shard = 0) {
    scheduler.remove_spooled(spool.remove(shard, position));
  }
  seq_list take(std::size_t max_events = 1) {
    request* taken = scheduler.take(0, max_events);
    if (taken != nullptr) under_way.push_back(taken);
    return seqs(taken);
  }
  void settle() {
    scheduler.settle(*under_way.front());
    under_way.erase(under_way.begin());
  }
  void put_back(runtime::time_point held_until = lane::not_held) {
    scheduler.put_back(*under_way.back(), held_until);
    under_way.pop_back();
  }
  /// Delivers what may go, one by one.
  seq_list deliver_all() {
    seq_list delivered;
    for (auto next = take(); !next.empty(); next = take()) {
      delivered.push_back(next.front());
      settle();
    }
    return delivered;
  }
  bool is_unused() const {
    return scheduler.empty() && scheduler.lanes() == 0 && scheduler.spooled() == 0;
  }

  event_maker maker;
  spooled_events spool{maker};
  lane_scheduler scheduler;
  std::vector<request*> under_way;

 private:
  events::event& add(events::event_ptr made) {
    events::event& event = *made;
    scheduler.push(std::move(made));
    return event;
  }
  void to_spool(const events::event& event) {
    spool.keep(event);
    scheduler.add_spooled(place_of(event));
  }
};

}  // namespace gatehouse::delivery::testing
