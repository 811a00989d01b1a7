#include "reshard_driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// What is told of a reshard, and whether one is due.
namespace gatehouse::cluster {
namespace {

using gateway::shard_state;
using runtime::milliseconds;
using runtime::seconds;
using testing::HasSubstr;

TEST(reshard, its_progress_can_be_followed) {
  reshard_driver run;
  const auto begun = run.progress();
  EXPECT_EQ(begun.from_shards, 2);
  EXPECT_EQ(begun.to_shards, 3);
  EXPECT_EQ(begun.connected, 0);
  EXPECT_EQ(begun.running_for, milliseconds{0});
  ASSERT_TRUE(begun.remaining);
  EXPECT_EQ(*begun.remaining,
            reshard::duration_of(3, small_plan().identify_pace, small_plan().window))
      << "what a dry run says";
  run.pass(seconds{5});
  run.state({0, 1}, shard_state::connected);
  const auto one = run.progress();
  EXPECT_EQ(one.connected, 1);
  EXPECT_EQ(one.running_for, seconds{5});
  EXPECT_LT(one.remaining, begun.remaining);
  run.connect_new();
  run.report(3);
  EXPECT_EQ(run.progress().loaded, 0);
  EXPECT_EQ(run.progress().guilds, 30);
  run.report(0);
  EXPECT_EQ(run.progress().loaded, 3);
}

TEST(reshard, the_estimate_never_grows_when_nothing_is_in_the_way) {
  reshard_driver run;
  auto last = *run.progress().remaining;
  const auto look = [&] {
    const auto left = *run.progress().remaining;
    EXPECT_GE(left, milliseconds{0});
    EXPECT_LE(left, last);
    last = left;
  };
  run.connect_new();
  look();
  run.report();
  look();
  run.pass(seconds{3});
  look();
  run.step();
  look();
  run.drain();
  look();
  run.saved(true);
  look();
  run.pass(seconds{60});
  look();
}

// ---- whether one is due ----

struct due_case {
  int total, recommended;
  std::size_t fullest;
  int percentage;
  bool is_due;
};

TEST(reshard_is_due, by_what_discord_recommends_and_by_the_fullest_shard) {
  const due_case cases[] = {
      {10, 10, 0, 80, false},     {10, 9, 2'500, 80, false},    // no more are recommended
      {10, 19, 0, 80, false},     {10, 20, 0, 80, true},        // 2.0 of 2.5
      {10, 25, 0, 100, true},     {10, 24, 0, 100, false},      //
      {10, 11, 1'999, 80, false}, {10, 11, 2'000, 80, true},    // of 2,500 guilds
      {10, 11, 2'500, 100, true}, {10, 11, 2'499, 100, false},  //
      {1, 2, 0, 80, true},        {1'000, 1'999, 0, 80, false},
  };
  for (const auto& [total, recommended, fullest, percentage, is_due] : cases) {
    EXPECT_EQ(reshard_is_due(total, recommended, fullest, percentage).has_value(), is_due)
        << total << " -> " << recommended << ", " << fullest << ", " << percentage;
  }
}

TEST(reshard_is_due, says_why) {
  EXPECT_EQ(reshard_is_due(10, 20, 100, 80),
            "shards are 80 % full, and Discord recommends 20 of them instead of 10");
  EXPECT_THAT(*reshard_is_due(10, 11, 2'250, 80), HasSubstr("90 % full"));
}

}  // namespace
}  // namespace gatehouse::cluster
