#include <gatehouse/fleet/leave_desk.hpp>

#include <gtest/gtest.h>

namespace gatehouse::fleet {
namespace {

using runtime::seconds;

constexpr auto everybody = [](const leave_wanted&) { return true; };
constexpr auto nobody = [](const leave_wanted&) { return false; };

class desk : public testing::Test {
 protected:
  desk() { tested_.learn(1'000, 1'000, std::chrono::hours{9}, 1, now_, now_); }
  std::optional<granted_leave> ask(int shard_id, std::uint64_t number, std::uint64_t epoch = 1) {
    return tested_.asked({shard_id, {"m1", 1}, epoch, number}, now_);
  }
  std::vector<granted_leave> draw() { return tested_.next_round(now_, everybody); }

  runtime::time_point now_{std::chrono::hours{1}};
  leave_desk tested_{seconds{5}, now_};
};

TEST_F(desk, leave_goes_out_once_it_is_stored) {
  ask(0, 1);
  ask(1, 2);
  const auto round = draw();
  ASSERT_EQ(round.size(), 1U) << "one bucket";
  EXPECT_TRUE(draw().empty()) << "one round at a time";
  EXPECT_EQ(tested_.stored(now_), round);
  tested_.over({round[0], true}, now_);
  now_ += std::chrono::milliseconds{4'900};
  ask(1, 3);
  EXPECT_TRUE(draw().empty()) << "within the spacing";
  now_ += std::chrono::milliseconds{100};
  ASSERT_EQ(draw().size(), 1U);
}

TEST_F(desk, what_is_not_stored_was_not_given) {
  ask(0, 1);
  ASSERT_EQ(draw().size(), 1U);
  tested_.not_stored(now_);
  ask(0, 2);
  EXPECT_EQ(draw().at(0).number, 2U) << "its bucket is free";
}

TEST_F(desk, leave_that_may_have_got_lost_is_sent_again_and_not_given_twice) {
  ask(0, 1);
  const auto round = draw();
  EXPECT_EQ(ask(0, 2), std::nullopt) << "not stored yet";
  tested_.stored(now_);
  EXPECT_EQ(ask(0, 3), round.at(0));
  EXPECT_EQ(ask(0, 4, 2), std::nullopt) << "another owner waits until it is void";
  EXPECT_TRUE(draw().empty());
}

TEST_F(desk, leave_that_nobody_reports_counts_as_used_at_the_last_moment) {
  ask(0, 1);
  draw();
  tested_.stored(now_);
  now_ += leave_validity;
  ask(1, 2);
  EXPECT_TRUE(draw().empty());
  now_ += seconds{4};
  ask(1, 3);
  EXPECT_TRUE(draw().empty());
  now_ += seconds{1};
  EXPECT_EQ(draw().at(0).number, 3U);
}

TEST_F(desk, a_question_that_is_not_repeated_or_not_right_any_more_is_withdrawn) {
  ask(0, 1);
  EXPECT_TRUE(tested_.next_round(now_, nobody).empty());
  EXPECT_EQ(tested_.waiting(), 0U);
  ask(0, 2);
  now_ += seconds{5};
  EXPECT_TRUE(draw().empty());
  EXPECT_EQ(tested_.waiting(), 0U);
}

TEST_F(desk, a_late_question_of_an_earlier_owner_changes_nothing) {
  ask(0, 5, 3);
  ask(0, 6, 2);
  EXPECT_EQ(draw().at(0).number, 5U);
}

TEST_F(desk, a_new_coordinator_waits_until_its_predecessor_s_leave_is_void) {
  leave_desk later{seconds{5}, now_ + seconds{15}};
  later.learn(1'000, 1'000, std::chrono::hours{9}, 1, now_, now_);
  later.asked({0, {"m1", 1}, 1, 1}, now_);
  EXPECT_TRUE(later.next_round(now_, everybody).empty());
  later.asked({0, {"m1", 1}, 1, 2}, now_ + seconds{15});
  EXPECT_EQ(later.next_round(now_ + seconds{15}, everybody).size(), 1U);
}

}  // namespace
}  // namespace gatehouse::fleet
