#include "event_maker.hpp"

#include <gatehouse/delivery/lane_scheduler.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace gatehouse::delivery {
namespace {

using config::ordering;
using seq_list = std::vector<std::int64_t>;
constexpr auto now = runtime::time_point{runtime::seconds{100}};

/// Events are numbered from 1 on in the order of their arrival.
struct hold_fixture {
  explicit hold_fixture(ordering order = ordering::guild, std::size_t depth = 1)
      : scheduler(order, depth, 4) {}

  events::event& push(std::uint64_t guild) { return add(maker.make({.guild_id = guild})); }
  events::event& push_ready() { return add(maker.make({.name = "READY", .is_barrier = true})); }
  seq_list take(std::size_t max_events = 1) {
    request* taken = scheduler.take(0, max_events);
    if (taken == nullptr) return {};
    under_way.push_back(taken);
    seq_list seqs;
    for (const auto& event : taken->events) seqs.push_back(event.seq);
    return seqs;
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

  testing::event_maker maker;
  lane_scheduler scheduler;
  std::vector<request*> under_way;

 private:
  events::event& add(events::event_ptr made) {
    events::event& event = *made;
    scheduler.push(std::move(made));
    return event;
  }
};

TEST(lane_scheduler_hold, a_held_event_stops_its_lane_only) {
  hold_fixture f;
  events::event& held = f.push(7);
  f.push(7);
  f.push(8);
  f.scheduler.hold(held);
  EXPECT_EQ(f.deliver_all(), seq_list{3});
  f.scheduler.release(held);
  EXPECT_EQ(f.deliver_all(), (seq_list{1, 2}));
}

TEST(lane_scheduler_hold, a_batch_ends_before_a_held_event) {
  hold_fixture f;
  f.push(7);
  events::event& held = f.push(7);
  f.push(7);
  f.scheduler.hold(held);
  EXPECT_EQ(f.take(10), seq_list{1});
  f.settle();
  EXPECT_TRUE(f.take(10).empty());
  f.scheduler.release(held);
  EXPECT_EQ(f.take(10), (seq_list{2, 3}));
}

TEST(lane_scheduler_hold, one_held_under_way_does_not_go_again) {
  hold_fixture f;
  events::event& held = f.push(7);
  f.push(7);
  EXPECT_EQ(f.take(), seq_list{1});
  f.scheduler.hold(held);
  f.put_back();
  EXPECT_TRUE(f.take().empty());
  f.scheduler.release(held);
  EXPECT_EQ(f.deliver_all(), (seq_list{1, 2}));
}

TEST(lane_scheduler_hold, one_held_under_way_that_is_settled_holds_nothing_up) {
  hold_fixture f;
  events::event& held = f.push(7);
  events::event& next = f.push(7);
  EXPECT_EQ(f.take(), seq_list{1});
  f.scheduler.hold(held);
  f.settle();
  f.scheduler.hold(next);
  EXPECT_TRUE(f.take().empty());
  f.scheduler.release(next);
  EXPECT_EQ(f.deliver_all(), seq_list{2});
}

TEST(lane_scheduler_hold, one_held_and_released_under_way_is_as_before) {
  hold_fixture f;
  events::event& held = f.push(7);
  f.push(7);
  EXPECT_EQ(f.take(), seq_list{1});
  f.scheduler.hold(held);
  f.scheduler.release(held);
  f.put_back();
  EXPECT_EQ(f.deliver_all(), (seq_list{1, 2}));
}

TEST(lane_scheduler_hold, a_released_event_still_waits_for_its_lanes_time) {
  hold_fixture f;
  events::event& held = f.push(7);
  EXPECT_EQ(f.take(), seq_list{1});
  f.put_back(now);
  f.scheduler.hold(held);
  EXPECT_EQ(f.scheduler.next_release(), runtime::time_point::max());
  f.scheduler.release(held);
  EXPECT_TRUE(f.take().empty());
  EXPECT_EQ(f.scheduler.next_release(), now);
  f.scheduler.release_held(now);
  EXPECT_EQ(f.deliver_all(), seq_list{1});
}

TEST(lane_scheduler_hold, dropping_a_held_event_lets_its_lane_go) {
  hold_fixture f;
  events::event& held = f.push(7);
  f.push(7);
  f.scheduler.hold(held);
  EXPECT_TRUE(f.take().empty());
  EXPECT_EQ(f.scheduler.discard(held)->seq, 1);
  EXPECT_EQ(f.deliver_all(), seq_list{2});
}

TEST(lane_scheduler_hold, dropping_before_a_held_event_does_not_let_it_go) {
  hold_fixture f;
  events::event& first = f.push(7);
  events::event& held = f.push(7);
  f.scheduler.hold(held);
  f.scheduler.discard(first);
  EXPECT_TRUE(f.take().empty());
  f.scheduler.release(held);
  EXPECT_EQ(f.deliver_all(), seq_list{2});
}

TEST(lane_scheduler_hold, a_held_event_behind_a_ready_stays_held_in_its_lane) {
  hold_fixture f;
  f.push_ready();
  events::event& held = f.push(7);
  f.push(8);
  f.scheduler.hold(held);
  EXPECT_EQ(f.deliver_all(), (seq_list{1, 3}));
  f.scheduler.release(held);
  EXPECT_EQ(f.deliver_all(), seq_list{2});
}

TEST(lane_scheduler_hold, holding_in_a_pipeline_stops_what_follows_on_its_slot) {
  hold_fixture f{ordering::guild, 4};
  f.push(7);
  events::event& held = f.push(7);
  EXPECT_EQ(f.take(), seq_list{1});
  EXPECT_TRUE(f.scheduler.has_bound(0));
  f.scheduler.hold(held);
  EXPECT_FALSE(f.scheduler.has_bound(0));
  f.scheduler.release(held);
  EXPECT_EQ(f.take(), seq_list{2});
}

TEST(lane_scheduler_hold, nothing_is_forgotten_while_it_is_held_or_waits_for_its_time) {
  hold_fixture f;
  f.scheduler.hold(f.push(7));
  f.push(8);
  f.push_ready();
  EXPECT_EQ(f.take(), seq_list{2});
  f.put_back(now);
  EXPECT_EQ(f.scheduler.count_forgotten(true), 0U);
  f.scheduler.release_all_held();
  EXPECT_EQ(f.take(), seq_list{2});
  EXPECT_EQ(f.scheduler.count_forgotten(true), 0U);
}

}  // namespace
}  // namespace gatehouse::delivery
