#include <gatehouse/fleet/planner.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace gatehouse::fleet {
namespace {

std::vector<std::string> nobody(std::size_t count) {
  return std::vector<std::string>(count);
}

std::ptrdiff_t count(const plan_answer& answer, const std::string& member) {
  return std::count(answer.owners.begin(), answer.owners.end(), member);
}

TEST(planner, shares_a_cold_start) {
  const auto plan = plan_shards({nobody(48), {{"m1"}, {"m2"}, {"m3"}}});
  EXPECT_EQ(plan.placed, 48U);
  for (const char* member : {"m1", "m2", "m3"}) EXPECT_EQ(count(plan, member), 16) << member;
}

TEST(planner, leaves_every_shard_where_it_is) {
  const auto first = plan_shards({nobody(10), {{"m1"}, {"m2"}, {"m3"}}});
  const auto second = plan_shards({first.owners, {{"m1"}, {"m2"}, {"m3"}}});
  EXPECT_EQ(second.owners, first.owners);
  EXPECT_EQ(second.moved + second.placed, 0U);
}

TEST(planner, spreads_the_shards_of_one_that_is_gone_and_moves_no_other) {
  const auto before = plan_shards({nobody(48), {{"m1"}, {"m2"}, {"m3"}}});
  const auto after = plan_shards({before.owners, {{"m1"}, {"m3"}}, 0});
  EXPECT_EQ(after.placed, 16U);
  EXPECT_EQ(after.moved, 0U);
  EXPECT_EQ(count(after, "m1"), 24);
  EXPECT_EQ(count(after, "m3"), 24);
  for (std::size_t id = 0; id < before.owners.size(); ++id) {
    if (before.owners[id] == "m2") continue;
    EXPECT_EQ(after.owners[id], before.owners[id]) << id;
  }
}

TEST(planner, a_weight_is_a_share) {
  const auto before = plan_shards({nobody(48), {{"m1"}, {"m2"}, {"m3"}}});
  const auto after = plan_shards({before.owners, {{"m1"}, {"m2"}, {"m3"}, {"m4", 2.0}}});
  EXPECT_NEAR(static_cast<double>(count(after, "m4")), 2.0 * 48 / 5, 1);
  EXPECT_LE(after.moved, 21U) << "no more than it needs";
}

TEST(planner, moves_a_batch_at_a_time) {
  const auto plan = plan_shards({std::vector<std::string>(20, "m1"), {{"m1"}, {"m2"}}, 3});
  EXPECT_EQ(plan.moved, 3U);
  EXPECT_EQ(count(plan, "m2"), 3);
}

TEST(planner, a_small_inequality_is_no_reason_to_move) {
  std::vector<std::string> owners(21, "m1");
  std::fill(owners.begin() + 11, owners.end(), "m2");
  EXPECT_EQ(plan_shards({owners, {{"m1"}, {"m2"}}}).moved, 0U);
  std::vector<std::string> unequal(20, "m1");
  std::fill(unequal.begin() + 14, unequal.end(), "m2");
  EXPECT_EQ(plan_shards({unequal, {{"m1"}, {"m2"}}}).moved, 4U);
  EXPECT_EQ(plan_shards({unequal, {{"m1"}, {"m2"}}, 50, 100}).moved, 0U) << "only by hand";
}

TEST(planner, never_gives_more_than_a_member_takes) {
  const auto plan = plan_shards({nobody(10), {{"m1", 1.0, 3}, {"m2", 1.0, 4}}});
  EXPECT_EQ(count(plan, "m1"), 3);
  EXPECT_EQ(count(plan, "m2"), 4);
  EXPECT_EQ(plan.homeless, 3U);
  const auto lowered = plan_shards({std::vector<std::string>(4, "m1"), {{"m1", 1.0, 1}, {"m2"}}});
  EXPECT_EQ(count(lowered, "m1"), 1) << "its limit was lowered";
}

TEST(planner, one_that_drains_gives_all_away_if_somebody_takes_it) {
  const auto owners = plan_shards({nobody(9), {{"m1"}, {"m2"}, {"m3"}}}).owners;
  const auto plan = plan_shards({owners, {{"m1"}, {"m2", 1.0, 0, true}, {"m3"}}});
  EXPECT_EQ(count(plan, "m2"), 0);
  EXPECT_EQ(plan.moved, 3U);
  const auto alone = plan_shards({std::vector<std::string>(3, "m1"), {{"m1", 1.0, 0, true}}});
  EXPECT_EQ(count(alone, "m1"), 3) << "it keeps what nobody takes";
}

TEST(planner, one_that_takes_nothing_keeps_what_it_has) {
  plan_member silent{"m2"};
  silent.takes_shards = false;
  const auto plan = plan_shards({{"m2", "m2", "", ""}, {{"m1"}, silent}});
  EXPECT_EQ(plan.owners, (std::vector<std::string>{"m2", "m2", "m1", "m1"}));
}

TEST(planner, has_an_answer_without_members) {
  const auto plan = plan_shards({{"m1", ""}, {}});
  EXPECT_EQ(plan.owners, nobody(2));
  EXPECT_EQ(plan.homeless, 2U);
}

}  // namespace
}  // namespace gatehouse::fleet
