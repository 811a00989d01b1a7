#include "spooled_scheduler_fixture.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace gatehouse::delivery {
namespace {

using config::ordering;
using testing::now;
using testing::seq_list;
using testing::spooled_fixture;

TEST(lane_scheduler_spooled, only_the_lane_with_spooled_events_lines_up) {
  spooled_fixture f;
  EXPECT_FALSE(f.lines_up(7));
  f.spill(7);
  EXPECT_TRUE(f.lines_up(7));
  EXPECT_FALSE(f.lines_up(8));
  EXPECT_FALSE(f.lines_up(7, 1));
  EXPECT_FALSE(f.lines_up(7, 99));  // a shard never heard of
  EXPECT_EQ(f.scheduler.spooled(), 1U);
  EXPECT_TRUE(f.scheduler.empty());
}

TEST(lane_scheduler_spooled, shard_ordering_has_all_of_the_shard_line_up) {
  spooled_fixture f{ordering::shard};
  f.spill(7);
  EXPECT_TRUE(f.lines_up(8));
  EXPECT_FALSE(f.lines_up(8, 1));
}

TEST(lane_scheduler_spooled, without_ordering_nothing_lines_up_but_behind_a_ready) {
  spooled_fixture f{ordering::none};
  f.spill(7);
  EXPECT_FALSE(f.lines_up(7));
  EXPECT_FALSE(f.lines_up(0, 0, true));
  f.spill_ready();
  EXPECT_TRUE(f.lines_up(7));
  EXPECT_TRUE(f.lines_up(0, 0, true));
}

TEST(lane_scheduler_spooled, loaded_events_follow_those_of_their_lane_in_memory) {
  spooled_fixture f;
  f.push(7);
  f.push(7);
  f.spill(7);
  f.spill(7);
  f.load();
  EXPECT_EQ(f.deliver_all(), (seq_list{1, 2, 3}));
  EXPECT_EQ(f.scheduler.lanes(), 1U);  // it still counts one
  EXPECT_EQ(f.scheduler.spooled(), 1U);
  f.load();
  EXPECT_EQ(f.deliver_all(), seq_list{4});
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, a_lane_stops_lining_up_once_all_of_it_is_loaded) {
  spooled_fixture f;
  f.spill(7);
  f.load();
  EXPECT_FALSE(f.lines_up(7));
  f.push(7);
  EXPECT_EQ(f.deliver_all().size(), 2U);
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, a_loaded_event_that_fails_goes_back_in_front) {
  spooled_fixture f;
  f.spill(7);
  f.spill(7);
  f.load();
  EXPECT_EQ(f.take(), seq_list{1});
  f.load();
  f.put_back(now);
  EXPECT_TRUE(f.take().empty());
  f.scheduler.release_held(now);
  EXPECT_EQ(f.deliver_all(), (seq_list{1, 2}));
}

TEST(lane_scheduler_spooled, ready_waits_for_spooled_events_before_it) {
  spooled_fixture f;
  f.spill(7);
  f.push_ready();
  f.push(8);
  EXPECT_TRUE(f.take().empty());
  EXPECT_TRUE(f.scheduler.is_starved());
  f.load();
  EXPECT_FALSE(f.scheduler.is_starved());
  EXPECT_EQ(f.deliver_all(), (seq_list{1, 2, 3}));
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, a_spooled_ready_is_waited_for_and_waits) {
  spooled_fixture f;
  f.push(7);
  f.spill_ready();
  EXPECT_TRUE(f.lines_up(8));
  f.spill(8);
  f.load();
  EXPECT_EQ(f.take(), seq_list{1});
  EXPECT_TRUE(f.take().empty());
  f.load();
  EXPECT_FALSE(f.lines_up(8));  // all in memory: `push` keeps the order
  f.push(9);
  f.settle();
  EXPECT_EQ(f.take(), seq_list{2});
  EXPECT_TRUE(f.take().empty());
  f.settle();
  EXPECT_EQ(f.deliver_all(), (seq_list{4, 6}));
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, a_spooled_ready_may_be_the_first_of_its_shard) {
  spooled_fixture f;
  f.spill_ready();
  f.spill(7);
  EXPECT_TRUE(f.lines_up(8));
  EXPECT_FALSE(f.lines_up(8, 1));
  f.load();
  EXPECT_EQ(f.take(), seq_list{1});
  f.load();
  EXPECT_TRUE(f.take().empty());
  f.settle();
  EXPECT_EQ(f.deliver_all(), seq_list{2});
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, several_spooled_readies_keep_their_places) {
  spooled_fixture f;
  f.spill(7);
  f.spill_ready();
  f.spill(8);
  f.spill_ready();
  f.spill(9);
  for (int i = 0; i < 5; ++i) f.load();
  for (std::int64_t seq = 1; seq <= 5; ++seq) {
    EXPECT_EQ(f.take(), seq_list{seq});
    EXPECT_TRUE(f.take().empty());
    f.settle();
  }
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, what_is_behind_goes_on_although_the_rest_is_not_loaded_yet) {
  spooled_fixture f;
  f.push_ready();
  f.spill(7);
  f.spill(7);
  f.spill(8);
  EXPECT_EQ(f.deliver_all(), seq_list{1});
  EXPECT_TRUE(f.lines_up(9));  // some of the shard are older, in lanes that are not known yet
  f.load();
  EXPECT_EQ(f.deliver_all(), seq_list{2});
  EXPECT_TRUE(f.lines_up(9));
  f.load();
  f.load();
  EXPECT_FALSE(f.lines_up(9));
  EXPECT_EQ(f.deliver_all(), (seq_list{3, 4}));
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, evicts_the_newest_of_a_lane) {
  spooled_fixture f;
  f.push(7);
  f.evict(f.push(7));
  EXPECT_EQ(f.scheduler.waiting(), 1U);
  EXPECT_EQ(f.scheduler.spooled(), 1U);
  EXPECT_TRUE(f.lines_up(7));
  EXPECT_EQ(f.deliver_all(), seq_list{1});
  f.load();
  EXPECT_EQ(f.deliver_all(), seq_list{2});
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, evicts_the_only_waiting_one_while_another_is_under_way) {
  spooled_fixture f;
  f.push(7);
  events::event& second = f.push(7);
  EXPECT_EQ(f.take(), seq_list{1});
  f.evict(second);
  f.put_back();
  EXPECT_EQ(f.deliver_all(), seq_list{1});
  EXPECT_EQ(f.scheduler.lanes(), 1U);
  f.load();
  EXPECT_EQ(f.deliver_all(), seq_list{2});
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, ready_waits_for_what_was_evicted) {
  spooled_fixture f;
  events::event& only = f.push(7);
  f.push_ready();
  f.evict(only);
  EXPECT_TRUE(f.take().empty());
  EXPECT_TRUE(f.scheduler.is_starved());
  f.load();
  EXPECT_EQ(f.deliver_all(), (seq_list{1, 2}));
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, evicts_from_behind_a_ready) {
  spooled_fixture f;
  f.push_ready();
  f.push(7);
  events::event& older = f.push(8);
  events::event& newest = f.push(7);
  f.evict(newest);
  f.evict(older);
  EXPECT_TRUE(f.lines_up(9));
  EXPECT_EQ(f.deliver_all(), (seq_list{1, 2}));
  f.load();
  EXPECT_EQ(f.deliver_all(), seq_list{3});
  f.load();
  EXPECT_EQ(f.deliver_all(), seq_list{4});
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, never_evicts_past_a_ready_that_waits_in_memory) {
  spooled_fixture f;
  f.push_ready();
  events::event& between = f.push(7);
  f.push_ready();
  EXPECT_FALSE(f.scheduler.can_evict(between));
  events::event& last = f.push(7);
  EXPECT_TRUE(f.scheduler.can_evict(last));
  EXPECT_EQ(f.deliver_all(), (seq_list{1, 2, 3, 4}));
}

TEST(lane_scheduler_spooled, evicts_without_ordering) {
  spooled_fixture f{ordering::none};
  f.push(7);
  f.evict(f.push(7));
  f.push_ready();
  EXPECT_EQ(f.deliver_all(), seq_list{1});
  f.load();
  EXPECT_EQ(f.deliver_all(), (seq_list{2, 3}));
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, a_loaded_event_may_be_evicted_again) {
  spooled_fixture f;
  f.push_ready();
  f.spill(7);
  f.spill(7);
  EXPECT_EQ(f.deliver_all(), seq_list{1});
  auto loaded = f.spool.take_oldest(0);
  events::event& again = *loaded;
  f.scheduler.push_loaded(std::move(loaded));
  f.evict(again);
  f.load();
  f.load();
  EXPECT_EQ(f.deliver_all(), (seq_list{2, 3}));
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, removing_the_last_one_before_a_ready_lets_it_go) {
  spooled_fixture f;
  f.spill(7);
  f.push_ready();
  EXPECT_TRUE(f.take().empty());
  f.remove(1);
  EXPECT_EQ(f.deliver_all(), seq_list{2});
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, removing_a_spooled_ready_lets_its_followers_go) {
  spooled_fixture f;
  f.spill_ready();
  f.push(7);
  EXPECT_TRUE(f.take().empty());
  f.remove(1);
  EXPECT_EQ(f.deliver_all(), seq_list{2});
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, removing_from_behind_changes_nothing_for_the_others) {
  spooled_fixture f;
  f.push_ready();
  f.spill(7);
  f.spill(8);
  f.spill(9);
  f.remove(3);
  f.remove(2);
  EXPECT_TRUE(f.lines_up(7));
  EXPECT_EQ(f.deliver_all(), seq_list{1});
  f.load();
  EXPECT_FALSE(f.lines_up(7));
  EXPECT_EQ(f.deliver_all(), seq_list{4});
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, removing_a_lanes_last_spooled_one_ends_the_lining_up) {
  spooled_fixture f;
  f.push(7);
  f.spill(7);
  f.remove(2);
  EXPECT_FALSE(f.lines_up(7));
  EXPECT_EQ(f.deliver_all(), seq_list{1});
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, forgets_a_shards_spooled_ones_and_goes_on) {
  spooled_fixture f;
  f.push(7);
  f.spill(7);
  f.spill(8);
  f.push_ready();
  f.spill(9);
  f.spill(7, 1);
  f.scheduler.forget_spooled(0);
  EXPECT_EQ(f.scheduler.spooled(), 1U);
  EXPECT_FALSE(f.lines_up(7));
  EXPECT_TRUE(f.lines_up(7, 1));
  EXPECT_EQ(f.deliver_all(), (seq_list{1, 4}));
  f.load(1);
  EXPECT_EQ(f.deliver_all(), seq_list{1});
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, those_not_forgotten_keep_their_side_of_a_ready) {
  spooled_fixture f;
  f.spill(7);
  f.spill(8);
  f.push_ready();
  f.spill(7);
  const std::array kept{spooled_place{.shard_id = 0, .guild_id = 8, .position = 2},
                        spooled_place{.shard_id = 0, .guild_id = 7, .position = 4}};
  f.spool.remove(0, 1);
  f.scheduler.forget_spooled(0, kept);
  EXPECT_EQ(f.scheduler.spooled(), 2U);
  EXPECT_EQ(f.deliver_all(), seq_list{}) << "what the READY waits for is still to come";
  f.load();
  EXPECT_EQ(f.deliver_all(), (seq_list{2, 3}));
  f.load();
  EXPECT_EQ(f.deliver_all(), seq_list{4});
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, forgetting_a_spooled_ready_opens_its_gate) {
  spooled_fixture f;
  f.spill_ready();
  f.spill(7);
  f.push(8);  // as an event in memory would be that nobody made line up
  f.scheduler.forget_spooled(0);
  EXPECT_EQ(f.deliver_all(), seq_list{3});
  EXPECT_TRUE(f.is_unused());
}

TEST(lane_scheduler_spooled, is_not_starved_while_something_can_move) {
  spooled_fixture f;
  EXPECT_TRUE(f.scheduler.is_starved());
  f.push(7);
  EXPECT_FALSE(f.scheduler.is_starved());
  f.push_ready();
  EXPECT_EQ(f.take(), seq_list{1});
  EXPECT_FALSE(f.scheduler.is_starved());
  f.put_back(now + runtime::seconds{1});
  EXPECT_FALSE(f.scheduler.is_starved());
}

}  // namespace
}  // namespace gatehouse::delivery
