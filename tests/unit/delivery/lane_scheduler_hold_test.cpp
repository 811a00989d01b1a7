#include "spooled_scheduler_fixture.hpp"

#include <gtest/gtest.h>

namespace gatehouse::delivery {
namespace {

using config::ordering;
using testing::now;
using testing::seq_list;
using testing::spooled_fixture;

TEST(lane_scheduler_hold, a_held_event_stops_its_lane_only) {
  spooled_fixture f;
  events::event& held = f.push(7);
  f.push(7);
  f.push(8);
  f.scheduler.hold(held);
  EXPECT_EQ(f.deliver_all(), seq_list{3});
  f.scheduler.release(held);
  EXPECT_EQ(f.deliver_all(), (seq_list{1, 2}));
}

TEST(lane_scheduler_hold, a_batch_ends_before_a_held_event) {
  spooled_fixture f;
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
  spooled_fixture f;
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
  spooled_fixture f;
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
  spooled_fixture f;
  events::event& held = f.push(7);
  f.push(7);
  EXPECT_EQ(f.take(), seq_list{1});
  f.scheduler.hold(held);
  f.scheduler.release(held);
  f.put_back();
  EXPECT_EQ(f.deliver_all(), (seq_list{1, 2}));
}

TEST(lane_scheduler_hold, a_released_event_still_waits_for_its_lanes_time) {
  spooled_fixture f;
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
  spooled_fixture f;
  events::event& held = f.push(7);
  f.push(7);
  f.scheduler.hold(held);
  EXPECT_TRUE(f.take().empty());
  EXPECT_EQ(f.scheduler.discard(held)->seq, 1);
  EXPECT_EQ(f.deliver_all(), seq_list{2});
}

TEST(lane_scheduler_hold, dropping_before_a_held_event_does_not_let_it_go) {
  spooled_fixture f;
  events::event& first = f.push(7);
  events::event& held = f.push(7);
  f.scheduler.hold(held);
  f.scheduler.discard(first);
  EXPECT_TRUE(f.take().empty());
  f.scheduler.release(held);
  EXPECT_EQ(f.deliver_all(), seq_list{2});
}

TEST(lane_scheduler_hold, a_held_event_behind_a_ready_stays_held_in_its_lane) {
  spooled_fixture f;
  f.push_ready();
  events::event& held = f.push(7);
  f.push(8);
  f.scheduler.hold(held);
  EXPECT_EQ(f.deliver_all(), (seq_list{1, 3}));
  f.scheduler.release(held);
  EXPECT_EQ(f.deliver_all(), seq_list{2});
}

TEST(lane_scheduler_hold, holding_in_a_pipeline_stops_what_follows_on_its_slot) {
  spooled_fixture f{ordering::guild, 4};
  f.push(7);
  events::event& held = f.push(7);
  EXPECT_EQ(f.take(), seq_list{1});
  EXPECT_TRUE(f.scheduler.has_bound(0));
  f.scheduler.hold(held);
  EXPECT_FALSE(f.scheduler.has_bound(0));
  f.scheduler.release(held);
  EXPECT_EQ(f.take(), seq_list{2});
}

}  // namespace
}  // namespace gatehouse::delivery
