#include <gatehouse/fleet/isolation.hpp>
#include <gatehouse/fleet/membership.hpp>

#include <gtest/gtest.h>

namespace gatehouse::fleet {
namespace {

using runtime::milliseconds;
using runtime::seconds;

class hearing : public testing::Test {
 protected:
  void hear(const std::string& member, std::uint64_t incarnation = 1) {
    heartbeat beat;
    beat.from = {member, incarnation};
    tested_.heard(beat, now_);
  }
  /// Own heartbeats come back all the time, those of the others as wanted.
  void listen(int beats, const std::vector<std::string>& others) {
    for (int i = 0; i < beats; ++i) {
      now_ += milliseconds{500};
      hear("m1");
      for (const auto& each : others) hear(each);
    }
  }
  runtime::time_point now_{std::chrono::hours{1}};
  membership tested_{"m1", seconds{3}};
};

TEST_F(hearing, silence_is_counted_while_one_listens) {
  listen(20, {"m2"});
  listen(5, {});
  EXPECT_EQ(tested_.silence("m2", now_), milliseconds{2'500});
  EXPECT_TRUE(tested_.is_alive("m2", now_));
  listen(1, {});
  EXPECT_FALSE(tested_.is_alive("m2", now_));
  EXPECT_TRUE(tested_.can_judge(now_));
}

TEST_F(hearing, who_wakes_from_a_freeze_judges_nobody) {
  listen(20, {"m2"});
  now_ += seconds{20};
  EXPECT_FALSE(tested_.can_judge(now_));
  EXPECT_EQ(tested_.silence("m2", now_), runtime::duration{});
  hear("m1");
  EXPECT_EQ(tested_.silence("m2", now_), runtime::duration{}) << "counted anew";
  listen(11, {});
  EXPECT_FALSE(tested_.can_judge(now_));
  listen(1, {});
  EXPECT_TRUE(tested_.can_judge(now_));
  EXPECT_EQ(tested_.silence("m2", now_), seconds{6});
}

TEST_F(hearing, one_that_was_never_heard_is_silent_for_as_long_as_one_listens) {
  listen(11, {});
  EXPECT_EQ(tested_.silence("m9", now_), seconds{5});
}

TEST_F(hearing, a_late_heartbeat_of_an_earlier_life_counts_for_nothing) {
  hear("m2", 2);
  listen(5, {});
  hear("m2", 1);
  EXPECT_EQ(tested_.silence("m2", now_), seconds{2});
  EXPECT_EQ(tested_.find("m2")->from.incarnation, 2U);
}

TEST(isolation, contact_is_an_accepted_write_and_an_answered_read) {
  isolation tested{seconds{25}};
  const runtime::time_point start{std::chrono::hours{1}};
  EXPECT_EQ(tested.at(start), contact::isolated);
  tested.write_accepted(start);
  EXPECT_EQ(tested.at(start), contact::isolated) << "it has not seen the plan";
  tested.plan_read(start + seconds{1});
  EXPECT_EQ(tested.at(start + milliseconds{1'999}), contact::live);
  EXPECT_EQ(tested.at(start + seconds{2}), contact::isolated) << "reads alone do not count";
  tested.write_accepted(start + seconds{1});
  tested.write_accepted(start);  // an answer that was overtaken
  EXPECT_EQ(tested.at(start + seconds{2}), contact::live);
  EXPECT_EQ(tested.at(start + seconds{25}), contact::isolated);
  EXPECT_EQ(tested.at(start + seconds{26}), contact::stopped);
}

TEST(isolation, by_default_it_never_stops) {
  isolation tested{std::nullopt};
  tested.write_accepted({});
  tested.plan_read({});
  EXPECT_EQ(tested.at(runtime::time_point{} + std::chrono::hours{9}), contact::isolated);
}

}  // namespace
}  // namespace gatehouse::fleet
