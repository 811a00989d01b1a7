#include "spool_delivery_fixture.hpp"

#include <gatehouse/runtime/wall_clock.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::delivery {
namespace {

using namespace testing;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class dispatcher_spool : public spool_delivery_fixture {
 protected:
  /// As an earlier run leaves it.
  struct left_event {
    explicit left_event(int shard, std::int64_t position)
        : shard_id(shard), session_id("before" + std::to_string(shard)) {
      facts.position = facts.seq = position;
      facts.guild_id = 7;
      facts.type = "MESSAGE_CREATE";
      facts.received_unix_ms = runtime::unix_ms_now();
      facts.payload = R"({"n":1})";
    }
    int shard_id;
    std::string session_id;
    storage::stored_event facts;
  };
  void leave(const std::vector<left_event>& events) {
    storage::spool earlier{{folder.path(), 64 * mebibyte, {}}, log.log()};
    for (const auto& each : events) {
      std::vector<storage::new_block> blocks(1);
      blocks[0].id = earlier.next_id();
      blocks[0].queue = {each.shard_id, handler.url()};
      auto facts = each.facts;
      facts.session_id = each.session_id;
      blocks[0].events.add(facts);
      earlier.store(std::move(blocks), [](const auto&) {});
    }
  }
};

TEST_F(dispatcher_spool, an_outage_fits_into_memory_and_disk) {
  handler.kill();
  start_spooled();
  ASSERT_TRUE(send_many(3'000, guilds(1, 10)));
  EXPECT_GT(delivery->snapshot().spooled, 1'500U);
  handler.start();
  ASSERT_TRUE(reach_nothing_left());
  EXPECT_LE(most_bytes, mebibyte);
  EXPECT_EQ(dropped(), 0U);
  expect_all_accepted_in_order();
}

TEST_F(dispatcher_spool, traffic_goes_on_while_the_backlog_drains) {
  handler.kill();
  start_spooled();
  auto lanes = guilds(1, 20);
  const auto others = guilds(1, 20, 1);
  lanes.insert(lanes.end(), others.begin(), others.end());
  ASSERT_TRUE(send_many(1'500, lanes));
  handler.start();
  lanes = guilds(1, 60);
  ASSERT_TRUE(send_many(1'500, lanes));
  ASSERT_TRUE(reach_nothing_left());
  EXPECT_LE(most_bytes, mebibyte);
  EXPECT_EQ(dropped(), 0U);
  expect_all_accepted_in_order();
}

TEST_F(dispatcher_spool, a_handler_that_comes_and_goes_gets_everything_once) {
  start_spooled();
  for (int round = 0; round < 6; ++round) {
    if (round % 2 == 0) {
      refuse_all();
    } else {
      accept_all();
    }
    ASSERT_TRUE(send_many(500, guilds(1, 7 + static_cast<std::uint64_t>(round) * 3)));
  }
  ASSERT_TRUE(reach_nothing_left());
  EXPECT_LE(most_bytes, mebibyte);
  EXPECT_EQ(dropped(), 0U);
  expect_all_accepted_in_order();
}

TEST_F(dispatcher_spool, keeps_whole_shards_in_order) {
  chosen.handlers.lane_ordering = config::ordering::shard;
  chosen.handlers.pipeline_depth = 4;
  chosen.handlers.max_in_flight = 8;
  handler.kill();
  start_spooled();
  ASSERT_TRUE(send_many(1'200, {{.shard_id = 0, .guild_id = 1}, {.shard_id = 1, .guild_id = 2}}));
  handler.start();
  ASSERT_TRUE(reach_nothing_left());
  expect_all_accepted_in_order();
}

TEST_F(dispatcher_spool, gets_everything_through_without_ordering) {
  chosen.handlers.lane_ordering = config::ordering::none;
  handler.kill();
  start_spooled();
  ASSERT_TRUE(send_many(1'200, guilds(1, 3)));
  handler.start();
  ASSERT_TRUE(reach_nothing_left());
  EXPECT_EQ(std::set(accepted_ids.begin(), accepted_ids.end()).size(), sent.size());
  EXPECT_EQ(accepted_ids.size(), sent.size());
}

TEST_F(dispatcher_spool, another_shard_does_not_wait_for_the_backlog) {
  handler.kill();
  start_spooled();
  ASSERT_TRUE(send_many(3'000, guilds(1, 3)));
  handler.start();
  ASSERT_TRUE(reach([&] { return accepted_ids.size() > 300; }));
  const auto urgent = send_one({.shard_id = 1, .guild_id = 999});
  ASSERT_TRUE(reach([&] {
    return std::find(accepted_ids.begin(), accepted_ids.end(), urgent) != accepted_ids.end();
  }));
  EXPECT_GT(delivery->snapshot().spooled, 0U);
  ASSERT_TRUE(reach_nothing_left());
  expect_all_accepted_in_order();
}

TEST_F(dispatcher_spool, a_dead_handler_leaves_memory_and_disk_to_a_live_one) {
  scripted_handler dead{io};
  chosen.handlers.urls.push_back(dead.url());
  dead.on_request = handler.on_request;
  dead.kill();
  start_spooled();
  auto lanes = guilds(1, 5);
  const auto doomed = guilds(1, 5, 1);
  lanes.insert(lanes.end(), doomed.begin(), doomed.end());
  ASSERT_TRUE(send_many(3'000, lanes));
  ASSERT_TRUE(reach([&] { return accepted_ids.size() == 1'500; }));
  EXPECT_EQ(dropped(), 0U);
  dead.start();
  ASSERT_TRUE(reach_nothing_left());
  expect_all_accepted_in_order();
}

TEST_F(dispatcher_spool, what_waits_long_is_copied_and_safe) {
  handler.on_request = [](const auto&) { return silence(); };
  start_spooled();
  for (int i = 0; i < 3; ++i) send_one({.guild_id = 7});
  ASSERT_TRUE(reach([&] { return maker.sessions.at(0)->safe_seq() == 3; }));
  EXPECT_EQ(spool->usage().events, 3U);
  EXPECT_EQ(delivery->snapshot().spooled, 0U);
  EXPECT_EQ(delivery->undelivered().at(0).all, 3U);
  EXPECT_EQ(delivery->undelivered().at(0).safe, 3U);
  accept_all();
  accepted_ids.push_back(ids().front());
  handler.say(0, status(204).bytes);
  ASSERT_TRUE(reach_nothing_left());
  expect_all_accepted_in_order();
}

TEST_F(dispatcher_spool, what_is_delivered_in_time_never_touches_the_disk) {
  chosen.queue.spool_after = runtime::seconds{60};
  start_spooled();
  for (int i = 0; i < 20; ++i) send_one({.guild_id = 7});
  ASSERT_TRUE(reach_all_settled());
  ASSERT_TRUE(stop());
  delivery.reset();
  spool.reset();
  spool.emplace(storage::spool_options{folder.path(), mebibyte, {}}, log.log());
  EXPECT_THAT(spool->found(), IsEmpty());
}

TEST_F(dispatcher_spool, a_stop_writes_everything_and_a_start_delivers_it) {
  chosen.queue.spool_after = runtime::seconds{60};
  handler.kill();
  start_spooled();
  for (int i = 0; i < 20; ++i) send_one({.guild_id = i % 2 == 0 ? 7U : 8U});
  send_ready();
  send_one({.guild_id = 7});
  ASSERT_TRUE(restart());
  EXPECT_THAT(told.lines, Contains("left: 0 22 safe 22"));
  EXPECT_EQ(maker.sessions.at(0)->safe_seq(), 22);
  EXPECT_EQ(delivery->undelivered().at(0).safe, 22U);
  send_one({.guild_id = 7});
  send_one({.guild_id = 9});
  handler.start();
  ASSERT_TRUE(reach_nothing_left());
  expect_all_accepted_in_order();
}

TEST_F(dispatcher_spool, a_large_backlog_survives_restarts) {
  handler.kill();
  start_spooled();
  ASSERT_TRUE(send_many(1'500, guilds(1, 10)));
  ASSERT_TRUE(restart());
  ASSERT_TRUE(send_many(500, guilds(1, 15)));
  ASSERT_TRUE(restart());
  handler.start();
  ASSERT_TRUE(reach([&] { return accepted_ids.size() > 700; }));
  handler.stop();  // connections remain: what is under way may finish
  ASSERT_TRUE(restart());
  handler.start();
  ASSERT_TRUE(reach_nothing_left());
  EXPECT_EQ(dropped(), 0U);
  expect_all_accepted_in_order();
}

TEST_F(dispatcher_spool, keeps_apart_shards_whose_positions_are_the_same) {
  leave({left_event{0, 1}, left_event{0, 2}, left_event{0, 3}, left_event{1, 1}, left_event{1, 2},
         left_event{1, 3}});
  start_spooled();
  ASSERT_TRUE(reach_nothing_left());
  EXPECT_THAT(accepted_ids, ::testing::UnorderedElementsAre("before0:1", "before0:2", "before0:3",
                                                            "before1:1", "before1:2", "before1:3"));
}

TEST_F(dispatcher_spool, ready_keeps_its_place_in_an_outage) {
  handler.kill();
  start_spooled();
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(send_many(400, guilds(1, 5)));
    send_ready();
    ASSERT_TRUE(send_many(3, guilds(1, 5)));
    send_ready();
  }
  ASSERT_TRUE(send_many(400, guilds(1, 5, 1)));
  handler.start();
  ASSERT_TRUE(reach_nothing_left());
  EXPECT_EQ(dropped(), 0U);
  expect_all_accepted_in_order();
}

TEST_F(dispatcher_spool, much_behind_a_ready_does_not_keep_out_what_it_waits_for) {
  handler.kill();
  start_spooled();
  ASSERT_TRUE(send_many(2'000, guilds(7, 7)));
  handler.start();
  ASSERT_TRUE(reach([&] { return accepted_ids.size() > 500; }));
  refuse_all();
  ASSERT_TRUE(reach([&] { return first_target().state != health_state::up; }));
  ASSERT_GT(delivery->snapshot().spooled, 0U);
  send_ready();
  for (std::uint64_t guild = 100; delivery->snapshot().bytes < mebibyte / 8 * 5; ++guild) {
    ASSERT_TRUE(send_many(1, guilds(guild, guild)));
  }
  accept_all();
  ASSERT_TRUE(reach_nothing_left());
  expect_all_accepted_in_order();
}

TEST_F(dispatcher_spool, what_was_left_too_long_is_dropped) {
  chosen.queue.max_age = runtime::seconds{60};
  left_event old{0, 1};
  old.facts.received_unix_ms -= 120'000;
  leave({old, left_event{0, 2}});
  start_spooled();
  ASSERT_TRUE(reach_nothing_left());
  EXPECT_THAT(accepted_ids, ElementsAre("before0:2"));
  EXPECT_EQ(dropped(), 1U);
  EXPECT_EQ(delivery->snapshot().dropped.at(0).reason, drop_reason::too_old);
}

TEST_F(dispatcher_spool, an_event_from_disk_has_been_on_its_way_since_it_was_received) {
  left_event old{0, 1};
  old.facts.received_unix_ms -= 20'000;
  leave({old});
  start_spooled();
  ASSERT_TRUE(reach_nothing_left());
  EXPECT_GE(first_target().latency.sum_seconds(), 20);
}

TEST_F(dispatcher_spool, an_interaction_on_disk_does_not_outlive_its_token) {
  handler.kill();
  left_event old{0, 2};
  old.facts.type = "INTERACTION_CREATE";
  old.facts.rank = storage::event_rank::last_resort;
  old.facts.received_unix_ms -= 16 * 60'000;
  leave({left_event{0, 1}, old, left_event{0, 3}});
  start_spooled();
  ASSERT_TRUE(reach([&] { return dropped() == 1; }));
  EXPECT_EQ(delivery->snapshot().dropped.at(0).reason, drop_reason::token_expired);
  handler.start();
  ASSERT_TRUE(reach_nothing_left());
  EXPECT_THAT(accepted_ids, ElementsAre("before0:1", "before0:3"));
}

TEST_F(dispatcher_spool, a_restored_event_is_as_it_was) {
  handler.kill();
  left_event left{3, 12};
  left.facts.attempts = 4;
  left.facts.mark = 6;
  leave({left});
  start_spooled();
  handler.start();
  ASSERT_TRUE(reach_nothing_left());
  const auto& got = handler.requests.back();
  EXPECT_EQ(got.header("X-Gatehouse-Event-Id"), "before3:12");
  EXPECT_EQ(got.header("X-Gatehouse-Deferred"), "6");
  EXPECT_GE(std::stoi(got.header("X-Gatehouse-Attempt")), 5);
  EXPECT_EQ(got.body, R"({"shardId":3,"message":{"n":1}})");
}

TEST_F(dispatcher_spool, may_be_destroyed_while_the_disk_still_works) {
  handler.kill();
  start_spooled();
  for (int i = 0; i < 100; ++i) send_one({.guild_id = 7});
  ASSERT_TRUE(reach([&] { return maker.sessions.at(0)->safe_seq() > 0; }));
  ASSERT_TRUE(stop(runtime::milliseconds{0}));
  delivery.reset();
  spool.reset();
  io.restart();
  io.poll();
}

}  // namespace
}  // namespace gatehouse::delivery
