#include <gatehouse/cluster/placement.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <variant>

namespace gatehouse::cluster {
namespace {

configured_shards range(int first, int last) {
  config::gateway_settings settings;
  settings.first_shard_id = first;
  settings.last_shard_id = last;
  return configured_shards{settings};
}

TEST(round_total_shards, takes_small_counts_as_they_are) {
  EXPECT_EQ(round_total_shards(1, 1), 1);
  EXPECT_EQ(round_total_shards(99, 1), 99);
  EXPECT_EQ(round_total_shards(99, 16), 99);
}

TEST(round_total_shards, never_gives_less_than_one_shard) {
  EXPECT_EQ(round_total_shards(0, 1), 1);
}

TEST(round_total_shards, rounds_up_to_a_multiple_of_16_without_special_concurrency) {
  EXPECT_EQ(round_total_shards(100, 1), 112);
  EXPECT_EQ(round_total_shards(112, 1), 112);
  // With the often copied formula that divides by 16 and multiplies by 1 this would be 10.
  EXPECT_EQ(round_total_shards(150, 1), 160);
}

TEST(round_total_shards, rounds_up_to_a_multiple_of_max_concurrency_for_large_bots) {
  EXPECT_EQ(round_total_shards(150, 16), 160);
  EXPECT_EQ(round_total_shards(150, 64), 192);
}

TEST(configured_shards, are_all_where_no_range_is_named) {
  const auto all = range(0, -1);
  const auto plan = std::get<shard_plan>(all.shards_of(3));
  EXPECT_EQ(plan.total_shards, 3);
  EXPECT_EQ(plan.shard_ids, (std::vector<int>{0, 1, 2}));
  EXPECT_TRUE(all.holds_all(3));
}

TEST(configured_shards, are_a_range_of_the_shards) {
  const auto some = range(2, 4);
  const auto plan = std::get<shard_plan>(some.shards_of(8));
  EXPECT_EQ(plan.total_shards, 8);
  EXPECT_EQ(plan.shard_ids, (std::vector<int>{2, 3, 4}));
  EXPECT_TRUE(plan.holds(4));
  EXPECT_FALSE(plan.holds(5));
  EXPECT_FALSE(some.holds_all(8));
  EXPECT_FALSE(range(0, 6).holds_all(8));
  EXPECT_TRUE(range(0, 7).holds_all(8));
}

TEST(configured_shards, refuse_a_range_beyond_the_shards_that_there_are) {
  EXPECT_EQ(std::get<std::string>(range(0, 7).shards_of(4)),
            "gateway.last_shard_id is 7, but there are only 4 shards (0 to 3)");
  EXPECT_EQ(std::get<std::string>(range(5, -1).shards_of(4)),
            "gateway.first_shard_id is 5, behind the last shard 3");
}

TEST(worker_of, fills_workers_block_by_block_and_the_last_with_the_rest) {
  config::gateway_settings settings;
  settings.shards_per_worker = 3;
  settings.total_workers = 2;
  const std::array expected{0, 0, 0, 1, 1, 1, 1, 1};
  for (std::size_t id = 0; id < expected.size(); ++id) {
    EXPECT_EQ(worker_of(settings, static_cast<int>(id)), expected[id]) << "shard " << id;
  }
}

TEST(worker_of, deals_shards_out_in_turn_when_asked_to) {
  config::gateway_settings settings;
  settings.shard_spread = config::spread::round_robin;
  settings.total_workers = 3;
  const std::array expected{0, 1, 2, 0, 1, 2};
  for (std::size_t id = 0; id < expected.size(); ++id) {
    EXPECT_EQ(worker_of(settings, static_cast<int>(id)), expected[id]) << "shard " << id;
  }
}

TEST(own_decisions, are_those_of_the_configuration) {
  config::gateway_settings settings;
  settings.total_workers = 4;
  settings.shards_per_worker = 2;
  const auto own = own_decisions(settings);
  EXPECT_EQ(own.worker_id({5, 4}), worker_of(settings, 5));
  EXPECT_EQ(own.total_shards({7, 150, 1}), 7);
  EXPECT_EQ(own.total_shards({0, 150, 1}), 160);
  EXPECT_EQ(own.request_identify({}), std::nullopt);
  EXPECT_TRUE(own.tell_worker_to_identify({}));
  EXPECT_EQ(own.presence({.presence = "{}"}), "{}");
  EXPECT_FALSE(own.handle_payload || own.handler_url || own.heartbeat);
}

}  // namespace
}  // namespace gatehouse::cluster
