#include "fleet_world.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

/// Everything that can go wrong, in any order.
namespace gatehouse::fleet {
namespace {

/// GATEHOUSE_SCHEDULES runs more of them.
unsigned schedules() {
  constexpr unsigned usual = 200;
  const char* wanted = std::getenv("GATEHOUSE_SCHEDULES");  // NOLINT(concurrency-mt-unsafe)
  return wanted == nullptr ? usual : static_cast<unsigned>(std::strtoul(wanted, nullptr, 10));
}

testing::AssertionResult settles(fleet_world& world, int seconds) {
  std::string why;
  for (int i = 0; i < seconds; ++i) {
    world.run_for(runtime::seconds{1});
    why = world.unsettled();
    if (why.empty()) return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << why << "\n" << world.diary();
}

void run_schedules(bool stops_when_isolated, unsigned first_seed) {
  int identifies = 0;
  int claims = 0;
  const unsigned count = schedules();
  for (unsigned seed = first_seed; seed < first_seed + count; ++seed) {
    fleet_world world{seed, stops_when_isolated};
    world.run_for(runtime::milliseconds{world.random(0, 40'000)});
    const int faults = world.random(1, 10);
    for (int i = 0; i < faults && world.broken().empty(); ++i) {
      world.break_something();
      world.run_for(runtime::milliseconds{world.random(0, 15'000)});
    }
    world.heal();
    ASSERT_TRUE(settles(world, 240)) << "seed " << seed;
    world.run_for(runtime::seconds{5});
    ASSERT_TRUE(world.broken().empty()) << "seed " << seed << ": " << world.broken().front() << "\n"
                                        << world.diary();
    identifies += world.identifies();
    claims += world.claims();
  }
  EXPECT_GT(identifies, static_cast<int>(count) * fleet_world::shards);
  EXPECT_GT(claims, static_cast<int>(count));
}

TEST(fleet_random, keeps_its_promises_whatever_happens) {
  run_schedules(false, 1);
}

TEST(fleet_random, never_has_two_that_forward_where_isolated_members_stop) {
  run_schedules(true, 1'000'000);
}

TEST(fleet, a_cold_start_shares_the_shards_and_identifies_each_once) {
  fleet_world world{1, false};
  ASSERT_TRUE(settles(world, 60));
  for (int i = 0; i < fleet_world::members; ++i) EXPECT_EQ(world.count_held(i), 2U);
  EXPECT_EQ(world.identifies(), fleet_world::shards);
}

TEST(fleet, a_dead_member_s_shards_are_resumed_by_others) {
  fleet_world world{2, false};
  ASSERT_TRUE(settles(world, 60));
  world.kill(0);
  ASSERT_TRUE(settles(world, 10)) << "3 s of silence, an election, a claim, a resume";
  EXPECT_EQ(world.identifies(), fleet_world::shards);
}

TEST(fleet, a_stalled_engine_moves_nothing) {
  fleet_world world{3, false};
  ASSERT_TRUE(settles(world, 60));
  const auto claims = world.claims();
  world.stall(runtime::seconds{60});
  world.run_for(runtime::seconds{90});
  EXPECT_EQ(world.unsettled(), "");
  EXPECT_EQ(world.claims(), claims);
  EXPECT_EQ(world.identifies(), fleet_world::shards);
}

TEST(fleet, one_that_drains_gives_its_sessions_away) {
  fleet_world world{4, false};
  ASSERT_TRUE(settles(world, 60));
  world.drain(1);
  world.run_for(runtime::seconds{10});
  EXPECT_TRUE(world.machine(1).holds_nothing());
  EXPECT_EQ(world.count_held(1), 0U);
  EXPECT_EQ(world.unsettled(), "");
  EXPECT_EQ(world.identifies(), fleet_world::shards);
}

TEST(fleet, one_that_was_frozen_drops_what_others_have_taken) {
  fleet_world world{5, false};
  ASSERT_TRUE(settles(world, 60));
  world.freeze(2);
  world.run_for(runtime::seconds{20});
  EXPECT_NE(world.unsettled(), "") << "it has its connections still";
  world.wake(2);
  ASSERT_TRUE(settles(world, 4)) << "it must notice";
  EXPECT_EQ(world.identifies(), fleet_world::shards);
}

TEST(fleet, an_isolated_member_keeps_its_connections) {
  fleet_world world{6, false};
  ASSERT_TRUE(settles(world, 60));
  world.cut(1, true, false, false);
  world.run_for(runtime::seconds{60});
  EXPECT_EQ(world.count_held(1), 2U);
  EXPECT_EQ(world.machine(1).contact_now(), contact::isolated);
  EXPECT_EQ(world.broken().size(), 0U);
}

}  // namespace
}  // namespace gatehouse::fleet
