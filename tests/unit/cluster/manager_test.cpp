#include "daemon_process.hpp"
#include "running_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>

/// What the manager does over a start, a reshard and questions asked meanwhile.
namespace gatehouse::cluster {
namespace {

using namespace std::chrono_literals;
using test::running_cluster;

sim::sim_options two_shards() {
  sim::sim_options options;
  options.recommended_shards = 2;
  options.identify_window = 50ms;
  options.guilds = 4;
  options.guild_create_bytes = 500;
  return options;
}

TEST(manager_start, brings_shards_up_although_the_watchdog_asks_while_old_sessions_end) {
  auto before = std::make_unique<running_cluster>(two_shards());
  ASSERT_TRUE(before->wait_until_connected());
  const auto world = before->kept_world();
  before.reset();
  world.discord->inject(
      sim::fault{.kind = sim::fault_kind::slow_hello, .shard = {}, .times = 2, .delay = 500ms});
  running_cluster now{world, [](config::settings& changed) { changed.discord.intents = 513; }};
  ASSERT_TRUE(now.wait_until_missing("ending the sessions of an earlier configuration"));
  EXPECT_TRUE(now.do_workers_answer());
  EXPECT_TRUE(now.wait_until_connected());
}

/// The one that goes may have sent its last Identify a moment ago.
TEST(manager_start, keeps_the_spacing_of_identifies_over_a_restart) {
  auto options = two_shards();
  options.identify_window = 1'000ms;
  const auto spaced = [](config::settings& settings) {
    settings.gateway.spawn_shard_delay = 1'100ms;
  };
  auto before = std::make_unique<running_cluster>(options, spaced);
  const auto world = before->kept_world();
  ASSERT_TRUE(world.discord->wait_for(
      [](const sim::statistics& now) { return now.identifies.size() == 1; }, 30s));
  before.reset();
  running_cluster now{world, spaced};
  EXPECT_TRUE(now.wait_until_connected());
  const auto seen = world.discord->statistics();
  EXPECT_GE(seen.identifies.size(), 2U);  // one more if it went before its session was stored
  EXPECT_TRUE(seen.violations.empty());
}

TEST(manager_shards, a_released_one_is_resumed_by_whoever_gets_its_session) {
  running_cluster cluster{two_shards()};
  ASSERT_TRUE(cluster.wait_until_connected());
  const auto session = cluster.release(1);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->shard_id, 1);
  EXPECT_GT(session->position.seq, 0);
  EXPECT_FALSE(session->guild_ids.empty());
  EXPECT_TRUE(cluster.discord().wait_for(
      [](const sim::statistics& now) {
        return now.client_closes == std::map<std::uint16_t, std::uint64_t>{{4000, 1}};
      },
      30s));
  EXPECT_EQ(cluster.ask(cluster.control().set_presence(R"({"status":"idle"})")).size(), 1U);
  EXPECT_FALSE(cluster.release(1)) << "it is gone";
  cluster.take(*session);
  ASSERT_TRUE(cluster.discord().wait_for(
      [](const sim::statistics& now) { return now.resumes_accepted == 1; }, 30s));
  EXPECT_TRUE(cluster.wait_until_connected());
  EXPECT_EQ(cluster.discord().statistics().identifies.size(), 2U);
}

TEST(manager_reshard, leaves_nothing_behind_when_rolled_back) {
  running_cluster cluster{two_shards()};
  ASSERT_TRUE(cluster.wait_until_connected());
  ASSERT_EQ(cluster.ask(cluster.control().reshard(4, false)).what,
            reshard_answer::outcome::started);
  ASSERT_TRUE(cluster.discord().wait_for(
      [](const sim::statistics& now) { return now.connected_sessions() == 6; }, 30s));
  EXPECT_TRUE(cluster.do_workers_answer());
  EXPECT_TRUE(cluster.ask(cluster.control().cancel_reshard()));
  ASSERT_TRUE(test::wait_until(
      [&] {
        return cluster.ask(cluster.control().get_reshard()).now_in == reshard_progress::phase::idle;
      },
      30s));
  EXPECT_EQ(cluster.ask(cluster.control().set_presence(R"({"status":"idle"})")).size(), 2U)
      << "one result for each shard that is there";
}

TEST(manager_reshard, asks_discord_once_for_a_plan_and_what_follows) {
  running_cluster cluster{two_shards()};
  ASSERT_TRUE(cluster.wait_until_connected());
  EXPECT_EQ(cluster.ask(cluster.control().reshard(3, true)).what, reshard_answer::outcome::planned);
  // Its bucket is empty now.
  cluster.discord().inject(sim::rest_fault{.kind = sim::rest_fault_kind::status,
                                           .route = sim::rest_route::gateway_bot,
                                           .times = 100,
                                           .status = 429,
                                           .retry_after_seconds = 60});
  EXPECT_EQ(cluster.ask(cluster.control().reshard(3, false)).what,
            reshard_answer::outcome::started);
}

TEST(manager_reshard, says_what_to_change_in_the_configuration) {
  running_cluster cluster{two_shards(),
                          [](config::settings& settings) { settings.gateway.total_shards = 2; }};
  ASSERT_TRUE(cluster.wait_until_connected());
  EXPECT_THAT(cluster.ask(cluster.control().reshard(3, true)).note,
              testing::HasSubstr("gateway.total_shards says 2; set it to 3"));
}

}  // namespace
}  // namespace gatehouse::cluster
