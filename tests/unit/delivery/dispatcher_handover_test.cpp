#include "spool_delivery_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

/// Other shards take guilds over while something of the old ones is undelivered.
namespace gatehouse::delivery {
namespace {

using namespace testing;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class dispatcher_handover : public spool_delivery_fixture {
 protected:
  [[nodiscard]] dispatcher::queue_name queue(int shard_id) const {
    return {shard_id, handler.url()};
  }
  [[nodiscard]] bool reach_safety() {
    return reach([&] {
      const auto counts = delivery->undelivered();
      return std::all_of(counts.begin(), counts.end(),
                         [](const auto& each) { return each.second.all == each.second.safe; });
    });
  }
};

TEST_F(dispatcher_handover, what_is_held_back_waits_in_memory_and_on_disk_and_holds_up_nobody) {
  start_spooled();
  delivery->hold_back(queue(7));
  ASSERT_TRUE(send_many(2'500, guilds(1, 5, 7)));
  ASSERT_TRUE(send_many(20, guilds(1, 5, 8)));
  ASSERT_TRUE(reach([&] { return accepted_ids.size() == 20; }));
  ASSERT_TRUE(reach_safety());
  EXPECT_THAT(accepted_ids, SizeIs(20));
  EXPECT_GT(delivery->snapshot().spooled, 1'000U);
  delivery->let_go(queue(7));
  ASSERT_TRUE(reach_nothing_left());
  expect_all_accepted_in_order();
  EXPECT_EQ(dropped(), 0U);
}

TEST_F(dispatcher_handover, a_queue_waits_until_all_who_hold_it_back_let_go) {
  start_spooled();
  delivery->hold_back(queue(7));
  ASSERT_TRUE(send_many(10, guilds(1, 5, 7)));
  delivery->hold_back(queue(7));
  ASSERT_TRUE(send_many(10, guilds(1, 5, 7)));
  delivery->let_go(queue(7));
  ASSERT_TRUE(send_many(20, guilds(1, 5, 8)));
  ASSERT_TRUE(reach([&] { return accepted_ids.size() == 20; }));
  ASSERT_TRUE(reach_safety());
  EXPECT_THAT(accepted_ids, SizeIs(20)) << "of shard 8";
  delivery->let_go(queue(7));
  ASSERT_TRUE(reach_nothing_left());
  expect_all_accepted_in_order();
}

TEST_F(dispatcher_handover, what_is_older_goes_on_in_a_queue_that_is_held_back) {
  chosen.queue.spool_after = runtime::seconds{3'600};
  refuse_all();
  start_spooled();
  ASSERT_TRUE(send_many(2'000, guilds(1, 5, 3)));
  delivery->write_soon(true);
  ASSERT_TRUE(reach_safety());
  delivery->write_soon(false);
  ASSERT_THAT(delivery->busy_queues(), SizeIs(1));
  EXPECT_EQ(delivery->busy_queues().front(), queue(3));
  const auto position = delivery->newest_position();
  delivery->hold_back(queue(3));
  ASSERT_TRUE(send_many(500, guilds(1, 5, 3)));
  EXPECT_TRUE(delivery->has_older(queue(3), position));
  EXPECT_FALSE(delivery->has_older(queue(4), position));
  accept_all();
  ASSERT_TRUE(reach([&] { return !delivery->has_older(queue(3), position); }));
  EXPECT_THAT(accepted_ids, SizeIs(2'000));
  delivery->let_go(queue(3));
  ASSERT_TRUE(reach_nothing_left());
  expect_all_accepted_in_order();
}

}  // namespace
}  // namespace gatehouse::delivery
