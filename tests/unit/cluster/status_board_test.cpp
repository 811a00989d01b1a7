#include <gatehouse/cluster/status_board.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace gatehouse::cluster {
namespace {

using gateway::shard_state;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(status_board, is_not_ready_before_it_knows_the_shards) {
  status_board board;
  board.set_phase("waiting for GET /gateway/bot");
  const auto now = board.check();
  EXPECT_FALSE(now.ready);
  EXPECT_THAT(now.missing, ElementsAre("waiting for GET /gateway/bot"));
}

TEST(status_board, is_ready_when_every_shard_is_connected) {
  status_board board;
  board.expect_shards({0, 1});
  board.set_state(0, shard_state::connected);
  EXPECT_THAT(board.check().missing, ElementsAre("1 of 2 shards not connected: 1"));
  board.set_state(1, shard_state::connected);
  EXPECT_TRUE(board.check().ready);
  board.set_state(0, shard_state::resuming);
  EXPECT_THAT(board.check().missing, ElementsAre("1 of 2 shards not connected: 0"));
}

TEST(status_board, keeps_the_list_of_missing_shards_readable) {
  status_board board;
  std::vector<int> many(500);
  std::iota(many.begin(), many.end(), 0);
  board.expect_shards(many);
  const auto now = board.check();
  ASSERT_EQ(now.missing.size(), 1U);
  EXPECT_THAT(now.missing.front(), HasSubstr("500 of 500 shards not connected: 0, 1, 2,"));
  EXPECT_THAT(now.missing.front(), HasSubstr("19, …"));
  EXPECT_LT(now.missing.front().size(), 200U);
}

TEST(status_board, forgets_shards_that_are_not_expected_any_more) {
  status_board board;
  board.expect_shards({0, 1});
  board.set_state(0, shard_state::connected);
  board.set_state(1, shard_state::connected);
  board.expect_shards({0});
  board.set_state(1, shard_state::disconnected);
  EXPECT_TRUE(board.check().ready);
  EXPECT_EQ(board.progress().total, 1U);
}

TEST(status_board, says_that_it_stops_although_every_shard_is_connected) {
  status_board board;
  board.expect_shards({0});
  board.set_state(0, shard_state::connected);
  board.set_phase("stopping");
  EXPECT_FALSE(board.check().ready);
}

TEST(status_board, other_shards_take_the_place_of_all_others) {
  status_board board;
  board.expect_shards({0, 1, 7});
  board.set_state(7, shard_state::resuming);
  board.replace_shards({0, 1, 2}, shard_state::connected);
  EXPECT_TRUE(board.check().ready) << "at once";
  EXPECT_EQ(board.progress().total, 3U);
  EXPECT_EQ(board.progress().connected, 3U);
  board.set_state(7, shard_state::resuming);
  EXPECT_TRUE(board.check().ready) << "the old one is not expected any more";
  board.set_state(2, shard_state::resuming);
  EXPECT_THAT(board.check().missing, ElementsAre("1 of 3 shards not connected: 2"));
}

TEST(status_board, replacing_shards_does_not_end_a_phase) {
  status_board board;
  board.expect_shards({0});
  board.set_phase("stopping");
  board.replace_shards({0, 1}, shard_state::connected);
  EXPECT_THAT(board.check().missing, ElementsAre("stopping"));
}

TEST(status_board, tells_the_state_of_every_shard) {
  status_board board;
  EXPECT_TRUE(board.states().empty());
  board.expect_shards({3, 1});
  board.set_state(1, shard_state::identifying);
  board.set_state(9, shard_state::connected);
  EXPECT_THAT(board.states(), ElementsAre(std::pair{1, shard_state::identifying},
                                          std::pair{3, shard_state::offline}));
}

TEST(status_board, knows_since_when_a_shard_is_away) {
  status_board board;
  const auto begin = runtime::clock::now();
  board.expect_shards({0, 1, 2});
  board.set_state(0, shard_state::connected);
  board.set_state(1, shard_state::identifying);
  const auto away = board.absences();
  ASSERT_EQ(away.size(), 2U);
  EXPECT_EQ(away[0].shard_id, 1);
  EXPECT_EQ(away[0].state, shard_state::identifying);
  EXPECT_GE(away[0].since, begin);
  board.set_state(1, shard_state::connected);
  board.set_state(1, shard_state::resuming);
  EXPECT_GE(board.absences()[0].since, away[0].since) << "since it was lost again";
  board.expect_shards({0});
  EXPECT_TRUE(board.absences().empty());
  board.replace_shards({5}, shard_state::offline);
  EXPECT_EQ(board.absences()[0].shard_id, 5);
}

}  // namespace
}  // namespace gatehouse::cluster
