#include "manager_parts.hpp"

#include <gatehouse/cluster/fleet_shards.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::cluster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr int total = 4;

class shards_of_a_fleet : public testing::Test {
 protected:
  using record = fleet::session_record;
  using released = std::pair<int, std::optional<record>>;

  fleet_shards::callbacks callbacks() {
    fleet_shards::callbacks to;
    to.start = [this](int id, auto from) {
      parts_.serving.ids.insert(id);
      started_.emplace_back(id, std::move(from));
    };
    to.session = [this](int id, auto session) { begun_.emplace_back(id, std::move(session)); };
    to.released = [this](int id, auto session) { released_.emplace_back(id, std::move(session)); };
    to.checkpoint = [this](const auto& seqs) {
      seqs_.insert(seqs_.end(), seqs.begin(), seqs.end());
    };
    to.want_identify = [this](int id) { wanted_.push_back(id); };
    to.withdraw_identify = [](int) {};
    to.leave_over = [this](const auto& leave, bool was_sent) {
      over_.emplace_back(leave.number, was_sent);
    };
    to.ask_limit = [] {};
    to.end = [](const std::string&) {};
    return to;
  }

  static record session(const std::string& id, std::int64_t seq) { return {id, "ws://r", 0, seq}; }
  static storage::session_position position(const std::string& id, std::int64_t seq) {
    return {total, 0, id, "ws://r", seq};
  }
  void take(int id, std::optional<record> from) { tested_.take({id, 1, total, std::move(from)}); }
  static gateway::shard_key key(int id) { return {id, 0}; }

  manager_parts parts_;
  std::vector<std::pair<int, std::optional<storage::stored_session>>> started_;
  std::vector<std::pair<int, record>> begun_;
  std::vector<released> released_;
  std::vector<std::pair<int, std::int64_t>> seqs_;
  std::vector<int> wanted_;
  std::vector<std::pair<std::uint64_t, bool>> over_;
  fleet_shards tested_{parts_.parts(), callbacks()};
};

TEST_F(shards_of_a_fleet, begin_where_the_record_says) {
  take(1, session("s", 40));
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].second->position, position("s", 40));
  EXPECT_EQ(parts_.serving.total_shards, total);
  take(2, std::nullopt);
  EXPECT_FALSE(started_[1].second);
}

TEST_F(shards_of_a_fleet, begin_with_this_machines_record_of_the_same_session) {
  tested_.remember({{1, position("s", 60), {7}, {}},
                    {2, position("s", 30), {8}, {}},
                    {3, position("old", 60), {9}, {}}});
  take(1, session("s", 40));
  EXPECT_EQ(started_[0].second->position.seq, 60) << "it counts what is on this disk";
  EXPECT_THAT(started_[0].second->guild_ids, ElementsAre(7U));
  take(2, session("s", 40));
  EXPECT_EQ(started_[1].second->position.seq, 40) << "another member has come further";
  EXPECT_THAT(started_[1].second->guild_ids, ElementsAre(8U));
  take(3, session("new", 5));
  EXPECT_EQ(started_[2].second->position.session_id, "new");
  EXPECT_THAT(started_[2].second->guild_ids, IsEmpty());
}

TEST_F(shards_of_a_fleet, begin_anew_with_other_intents) {
  parts_.change([](config::settings& all) { all.discord.intents = 513; });
  take(1, session("s", 40));
  EXPECT_FALSE(started_[0].second);
}

TEST_F(shards_of_a_fleet, are_given_away_with_their_session) {
  take(1, session("s", 40));
  tested_.release(1);
  ASSERT_EQ(parts_.workers.all<release_shard>().size(), 1U);
  EXPECT_EQ(parts_.workers.all<release_shard>()[0].nonce, 0U);
  EXPECT_THAT(released_, IsEmpty()) << "not before its worker has answered";
  tested_.on_released({0, key(1), storage::stored_session{1, position("s", 90), {}, {}}});
  ASSERT_EQ(released_.size(), 1U);
  EXPECT_EQ(released_[0].second->seq, 90);
  EXPECT_THAT(parts_.serving.ids, IsEmpty());
}

/// What is delivered here says nothing of what was delivered before.
TEST_F(shards_of_a_fleet, never_fall_behind_what_the_fleet_knows) {
  take(1, session("s", 40));
  tested_.release(1);
  tested_.on_released({0, key(1), storage::stored_session{1, position("s", 0), {}, {}}});
  EXPECT_EQ(released_.at(0).second->seq, 40);
}

TEST_F(shards_of_a_fleet, without_a_session_say_so) {
  take(1, std::nullopt);
  tested_.release(1);
  tested_.on_released({0, key(1), std::nullopt, false});
  EXPECT_THAT(released_, IsEmpty()) << "it is still here";
  tested_.on_released({0, key(1), std::nullopt, true});
  ASSERT_EQ(released_.size(), 1U);
  EXPECT_FALSE(released_[0].second);
}

TEST_F(shards_of_a_fleet, taken_again_while_they_close_begin_once_they_are_gone) {
  take(1, session("s", 40));
  tested_.drop(1);
  EXPECT_EQ(parts_.workers.all<drop_shard>().size(), 1U);
  take(1, session("t", 3));
  EXPECT_EQ(started_.size(), 1U);
  tested_.on_ended(key(1));
  ASSERT_EQ(started_.size(), 2U);
  EXPECT_EQ(started_[1].second->position.session_id, "t");
}

TEST_F(shards_of_a_fleet, dropped_while_they_are_given_away_are_not_released) {
  take(1, session("s", 40));
  tested_.release(1);
  tested_.drop(1);
  tested_.on_released({0, key(1), storage::stored_session{1, position("s", 90), {}, {}}});
  EXPECT_THAT(released_, IsEmpty());
  take(1, session("s", 95));
  EXPECT_EQ(started_.size(), 2U);
}

TEST_F(shards_of_a_fleet, tell_of_new_sessions_and_of_positions_that_rise) {
  take(1, session("s", 40));
  tested_.on_session({key(1), position("s", 20)});
  EXPECT_THAT(begun_, IsEmpty()) << "the fleet knows that one";
  tested_.on_positions({{{1, 39}, {1, 41}, {2, 99}}});
  EXPECT_THAT(seqs_, ElementsAre(Pair(1, 41)));
  tested_.on_session({key(1), position("t", 1)});
  ASSERT_EQ(begun_.size(), 1U);
  EXPECT_EQ(begun_[0].second.id, "t");
  tested_.on_positions({{{1, 2}}});
  EXPECT_THAT(seqs_, ElementsAre(Pair(1, 41), Pair(1, 2)));
}

TEST_F(shards_of_a_fleet, ask_the_fleet_for_leave_and_hand_it_on) {
  take(1, std::nullopt);
  tested_.want(key(1));
  EXPECT_THAT(wanted_, ElementsAre(1));
  const auto until = runtime::clock::now() + std::chrono::seconds{10};
  tested_.give({{1, {"m1", 1}, 1, 17}, until});
  const auto granted = parts_.workers.all<identify_granted>();
  ASSERT_EQ(granted.size(), 1U);
  EXPECT_EQ(granted[0].valid_until, until);
  tested_.sent(granted[0].grant);
  tested_.abandon(granted[0].grant);
  EXPECT_THAT(over_, ElementsAre(Pair(17U, true))) << "once";
}

TEST_F(shards_of_a_fleet, take_leave_back_when_contact_is_lost) {
  take(1, std::nullopt);
  tested_.give({{1, {"m1", 1}, 1, 17}, runtime::time_point::max()});
  tested_.change_contact(fleet::contact::live);
  EXPECT_THAT(parts_.workers.all<withdraw_leave>(), IsEmpty());
  tested_.change_contact(fleet::contact::isolated);
  EXPECT_EQ(parts_.workers.all<withdraw_leave>().size(), 1U);
}

}  // namespace
}  // namespace gatehouse::cluster
