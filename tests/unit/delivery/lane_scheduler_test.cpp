#include "event_maker.hpp"

#include <gatehouse/delivery/lane_scheduler.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatehouse::delivery {
namespace {

using config::ordering;
using testing::event_maker;

constexpr auto now = runtime::time_point{runtime::seconds{100}};

struct scheduler_fixture {
  explicit scheduler_fixture(ordering order = ordering::guild, std::size_t depth = 1)
      : scheduler(order, depth, 4) {}

  void push(std::uint64_t guild, int shard = 0) {
    scheduler.push(maker.make({.shard_id = shard, .guild_id = guild}));
  }
  void push_barrier(int shard = 0) {
    scheduler.push(maker.make({.shard_id = shard, .name = "READY", .is_barrier = true}));
  }
  request* take(std::size_t slot = 0, std::size_t max_events = 1) {
    return scheduler.take(slot, max_events);
  }

  event_maker maker;
  lane_scheduler scheduler;
};

/// The seqs of a request's events.
std::vector<std::int64_t> seqs(const request* taken) {
  std::vector<std::int64_t> result;
  if (taken != nullptr) {
    for (const auto& event : taken->events) result.push_back(event.seq);
  }
  return result;
}

using seq_list = std::vector<std::int64_t>;

TEST(lane_scheduler, has_one_request_of_a_guild_under_way) {
  scheduler_fixture f;
  f.push(7);
  f.push(7);
  request* first = f.take();
  EXPECT_EQ(seqs(first), seq_list{1});
  EXPECT_EQ(f.take(1), nullptr);
  f.scheduler.settle(*first);
  EXPECT_EQ(seqs(f.take(1)), seq_list{2});
}

TEST(lane_scheduler, guilds_do_not_wait_for_each_other) {
  scheduler_fixture f;
  f.push(7);
  f.push(8);
  EXPECT_EQ(seqs(f.take()), seq_list{1});
  EXPECT_EQ(seqs(f.take()), seq_list{2});
}

TEST(lane_scheduler, the_same_guild_on_two_shards_is_two_lanes) {
  scheduler_fixture f;
  f.push(7, 0);
  f.push(7, 1);
  EXPECT_NE(f.take(), nullptr);
  EXPECT_NE(f.take(), nullptr);
}

TEST(lane_scheduler, shard_ordering_is_one_lane_a_shard) {
  scheduler_fixture f{ordering::shard};
  f.push(7);
  f.push(8);
  EXPECT_NE(f.take(), nullptr);
  EXPECT_EQ(f.take(), nullptr);
}

TEST(lane_scheduler, without_ordering_everything_may_go) {
  scheduler_fixture f{ordering::none};
  f.push(7);
  f.push(7);
  EXPECT_EQ(seqs(f.take()), seq_list{1});
  EXPECT_EQ(seqs(f.take()), seq_list{2});
}

TEST(lane_scheduler, lanes_take_turns) {
  scheduler_fixture f;
  f.push(7);
  f.push(7);
  f.push(8);
  request* first = f.take();
  f.scheduler.settle(*first);
  EXPECT_EQ(seqs(f.take()), seq_list{3});
  EXPECT_EQ(seqs(f.take()), seq_list{2});
}

TEST(lane_scheduler, what_failed_goes_first_again) {
  scheduler_fixture f;
  f.push(7);
  f.push(7);
  request* failed = f.take();
  f.scheduler.put_back(*failed, lane::not_held);
  EXPECT_EQ(f.scheduler.waiting(), 2U);
  EXPECT_EQ(seqs(f.take()), seq_list{1});
}

TEST(lane_scheduler, a_held_lane_waits_for_its_time_and_stops_nobody) {
  scheduler_fixture f;
  f.push(7);
  request* failed = f.take();
  f.scheduler.put_back(*failed, now + runtime::seconds{1});
  f.push(8);
  EXPECT_EQ(seqs(f.take()), seq_list{2});
  EXPECT_EQ(f.scheduler.next_release(), now + runtime::seconds{1});
  f.scheduler.release_held(now);
  EXPECT_EQ(f.take(), nullptr);
  f.scheduler.release_held(now + runtime::seconds{1});
  EXPECT_EQ(seqs(f.take()), seq_list{1});
  EXPECT_EQ(f.scheduler.next_release(), runtime::time_point::max());
}

TEST(lane_scheduler, a_batch_takes_a_lane_and_then_the_next) {
  scheduler_fixture f;
  f.push(7);
  f.push(8);
  f.push(7);
  f.push(8);
  EXPECT_EQ(seqs(f.take(0, 3)), (seq_list{1, 3, 2}));
  EXPECT_EQ(f.take(0, 3), nullptr);  // both lanes are under way
}

TEST(lane_scheduler, a_returned_batch_keeps_the_order_of_each_lane) {
  scheduler_fixture f;
  f.push(7);
  f.push(8);
  f.push(7);
  request* failed = f.take(0, 10);
  f.push(7);
  f.scheduler.put_back(*failed, lane::not_held);
  EXPECT_EQ(seqs(f.take(0, 10)), (seq_list{1, 3, 4, 2}));
}

TEST(lane_scheduler, a_refused_batch_goes_on_one_by_one) {
  scheduler_fixture f;
  f.push(7);
  f.push(7);
  request* refused = f.take(0, 10);
  f.push(7);
  f.push(7);
  f.scheduler.put_back(*refused, lane::not_held, true);
  request* single = f.take(0, 10);
  EXPECT_EQ(seqs(single), seq_list{1});
  EXPECT_TRUE(single->is_single);
  f.scheduler.put_back(*single, lane::not_held);  // still alone after a failure
  single = f.take(0, 10);
  EXPECT_EQ(seqs(single), seq_list{1});
  f.scheduler.settle(*single);
  single = f.take(0, 10);
  EXPECT_EQ(seqs(single), seq_list{2});
  f.scheduler.settle(*single);
  EXPECT_EQ(seqs(f.take(0, 10)), (seq_list{3, 4}));
}

TEST(lane_scheduler, a_barrier_waits_for_its_shard_and_is_waited_for) {
  scheduler_fixture f;
  f.push(7);
  f.push(8);
  f.push_barrier();
  f.push(9);
  f.push(9, 1);  // another shard goes on
  request* first = f.take();
  request* second = f.take();
  EXPECT_EQ(f.take()->events.front().shard_id(), 1);
  EXPECT_EQ(f.take(), nullptr);
  f.scheduler.settle(*second);
  EXPECT_EQ(f.take(), nullptr);
  f.scheduler.settle(*first);
  request* barrier = f.take();
  EXPECT_EQ(seqs(barrier), seq_list{3});
  EXPECT_EQ(f.take(), nullptr);
  f.scheduler.settle(*barrier);
  EXPECT_EQ(seqs(f.take()), seq_list{4});
}

TEST(lane_scheduler, barriers_follow_one_another) {
  scheduler_fixture f;
  f.push_barrier();
  f.push_barrier();
  f.push(7);
  for (std::int64_t seq = 1; seq <= 3; ++seq) {
    request* next = f.take();
    EXPECT_EQ(seqs(next), seq_list{seq});
    EXPECT_EQ(f.take(), nullptr);
    f.scheduler.settle(*next);
  }
  EXPECT_TRUE(f.scheduler.empty());
}

TEST(lane_scheduler, dropping_the_last_event_before_a_barrier_lets_it_go) {
  scheduler_fixture f;
  auto doomed = f.maker.make({.guild_id = 7});
  events::event& event = *doomed;
  f.scheduler.push(std::move(doomed));
  f.push_barrier();
  EXPECT_EQ(f.scheduler.discard(event)->seq, 1);
  EXPECT_EQ(seqs(f.take()), seq_list{2});
}

TEST(lane_scheduler, an_event_behind_a_barrier_can_be_dropped) {
  scheduler_fixture f;
  f.push_barrier();
  auto doomed = f.maker.make({.guild_id = 7});
  events::event& event = *doomed;
  f.scheduler.push(std::move(doomed));
  f.push(7);
  EXPECT_EQ(f.scheduler.discard(event)->seq, 2);
  f.scheduler.settle(*f.take());
  EXPECT_EQ(seqs(f.take()), seq_list{3});
}

TEST(lane_scheduler, pipelining_keeps_a_lane_on_its_slot) {
  scheduler_fixture f{ordering::guild, 3};
  f.push(7);
  f.push(7);
  request* first = f.take(1);
  EXPECT_EQ(f.take(0), nullptr);
  EXPECT_FALSE(f.scheduler.has_ready());
  EXPECT_TRUE(f.scheduler.has_bound(1));
  request* second = f.take(1);
  EXPECT_EQ(seqs(second), seq_list{2});
  f.scheduler.settle(*first);
  f.push(7);
  EXPECT_EQ(f.take(0), nullptr);
  f.scheduler.settle(*second);
  EXPECT_EQ(seqs(f.take(0)), seq_list{3});  // free to go anywhere
}

TEST(lane_scheduler, a_lost_pipeline_starts_again_in_order) {
  scheduler_fixture f{ordering::guild, 3};
  for (int i = 0; i < 4; ++i) f.push(7);
  request* first = f.take(1);
  request* second = f.take(1);
  request* third = f.take(1);
  f.scheduler.settle(*first);
  f.scheduler.put_back(*third, lane::not_held);
  f.scheduler.put_back(*second, now);
  EXPECT_EQ(f.take(0), nullptr);
  f.scheduler.release_held(now);
  EXPECT_EQ(seqs(f.take(0, 10)), (seq_list{2, 3, 4}));
}

TEST(lane_scheduler, a_busy_bound_lane_leaves_every_other_turn) {
  scheduler_fixture f{ordering::guild, 8};
  for (int i = 0; i < 4; ++i) f.push(7);
  f.push(8);
  EXPECT_EQ(seqs(f.take(0)), seq_list{1});
  EXPECT_EQ(seqs(f.take(0)), seq_list{2});
  EXPECT_EQ(seqs(f.take(0)), seq_list{5});
  EXPECT_EQ(seqs(f.take(0)), seq_list{3});
}

TEST(lane_scheduler, forgets_lanes_that_are_empty) {
  scheduler_fixture f;
  for (std::uint64_t guild = 1; guild < 100; ++guild) f.push(guild);
  EXPECT_EQ(f.scheduler.lanes(), 99U);
  while (request* next = f.take()) f.scheduler.settle(*next);
  EXPECT_EQ(f.scheduler.lanes(), 0U);
}

}  // namespace
}  // namespace gatehouse::delivery
