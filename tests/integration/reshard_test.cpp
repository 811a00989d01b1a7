#include "succession.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <string>

/// More shards take the place of fewer while events arrive.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr auto reshard_limit = 90s;

/// Both sets receive everything, each session with a delay of its own.
sim::sim_options crowded_discord(std::uint32_t shards) {
  sim::sim_options options = quick_discord(shards);
  options.guilds = 48;
  options.delivery_delay_min = 0ms;
  options.delivery_delay_max = 500ms;
  options.heartbeat_interval = 5'000ms;
  return options;
}

class resharding : public testing::Test {
 protected:
  explicit resharding(std::uint32_t shards = 4) : resharding(crowded_discord(shards)) {}
  explicit resharding(const sim::sim_options& options) : discord_(options) {
    run_.config()
        .add("gateway", "total_workers = 3")
        .add("gateway", "shards_per_worker = 2")
        .add("resharding", "check_interval_ms = 1000");
  }

  /// Sends one last event to each guild; how many numbered events there have been in all.
  std::uint64_t finish_events() {
    discord_.set_rate(0);
    std::uint64_t total = 0;
    for (const auto guild : discord_.guild_ids()) total += discord_.emit(guild, "MESSAGE_CREATE");
    return total;
  }
  bool wait_for_numbered(std::uint64_t events) {
    return handler_.wait_until(
        [&](const sim::handler_statistics& now) { return now.numbered >= events; }, 60s);
  }
  bool wait_for_set(std::uint32_t shards) {
    return run_.daemon().wait_for_log("to " + std::to_string(shards) + " shards: done",
                                      reshard_limit);
  }
  std::uint64_t guild_creates() const {
    const auto counted = handler_.statistics().by_type;
    const auto found = counted.find("GUILD_CREATE");
    return found == counted.end() ? 0 : found->second;
  }

  sim::simulator discord_;
  sim::event_handler handler_{{.registry = discord_.registry()}};
  succession run_{discord_, handler_};
};

TEST_F(resharding, loses_and_repeats_nothing) {
  ASSERT_TRUE(wait_for_start(run_.start(), 4)) << run_.daemon().log();
  discord_.set_rate(2'000);
  ASSERT_TRUE(wait_for_events(handler_, 2'000));
  discord_.set_recommended_shards(8);
  ASSERT_TRUE(wait_for_set(8)) << run_.daemon().log();
  const auto events = finish_events();
  EXPECT_TRUE(wait_for_numbered(events)) << run_.daemon().log();
  const auto got = handler_.statistics();
  EXPECT_EQ(got.numbered, events);
  expect_flawless(handler_);
  EXPECT_EQ(guild_creates(), discord_.guild_ids().size()) << "those of the start";
  const auto seen = discord_.statistics();
  EXPECT_EQ(seen.connected_sessions(), 8U);
  EXPECT_EQ(seen.client_closes.at(1000), 4U);
  EXPECT_THAT(seen.violations, testing::IsEmpty());
}

/// As two encoders of Discord's write the same event.
class resharding_of_varied_copies : public resharding {
 protected:
  static sim::sim_options varied_discord() {
    auto options = crowded_discord(4);
    options.vary_copies = true;
    return options;
  }
  resharding_of_varied_copies() : resharding(varied_discord()) {}
};

TEST_F(resharding_of_varied_copies, loses_and_repeats_nothing) {
  ASSERT_TRUE(wait_for_start(run_.start(), 4)) << run_.daemon().log();
  discord_.set_rate(1'000);
  ASSERT_TRUE(wait_for_events(handler_, 1'000));
  discord_.set_recommended_shards(8);
  ASSERT_TRUE(wait_for_set(8)) << run_.daemon().log();
  const auto events = finish_events();
  EXPECT_TRUE(wait_for_numbered(events)) << run_.daemon().log();
  EXPECT_EQ(handler_.statistics().numbered, events);
  expect_flawless(handler_);
}

/// A handler that is down does not keep it from ending, and nothing is delivered out of turn when
/// it is back.
TEST_F(resharding, does_not_wait_for_a_handler_that_is_down) {
  ASSERT_TRUE(wait_for_start(run_.start(), 4)) << run_.daemon().log();
  discord_.set_rate(500);
  discord_.set_recommended_shards(8);
  ASSERT_TRUE(run_.daemon().wait_for_log("both sets are compared", reshard_limit));
  handler_.stop_listening();
  ASSERT_TRUE(wait_for_set(8)) << run_.daemon().log();
  ASSERT_TRUE(wait_until_sent(discord_, discord_.statistics().events + 500));
  handler_.start_listening();
  const auto events = finish_events();
  EXPECT_TRUE(wait_for_numbered(events)) << run_.daemon().log();
  expect_flawless(handler_);
}

/// Whichever set is stored comes back whole.
TEST_F(resharding, misses_nothing_when_killed) {
  const auto start = [&](std::size_t shards) {
    ASSERT_TRUE(wait_for_start(run_.start(), shards)) << run_.daemon().log();
  };
  start(4);
  discord_.set_rate(1'000);
  ASSERT_TRUE(wait_for_events(handler_, 500));
  discord_.set_recommended_shards(8);
  for (const auto* moment : {"resharding from 4 to 8", "both sets are compared", "serve now"}) {
    ASSERT_TRUE(run_.daemon().wait_for_log(moment, reshard_limit)) << run_.daemon().log();
    ASSERT_TRUE(wait_until_sent(discord_, discord_.statistics().events + 500));
    run_.kill();
    start(std::string_view{moment} == "serve now" ? 8 : 4);
  }
  const auto events = finish_events();
  EXPECT_TRUE(handler_.wait_until(
      [&](const sim::handler_statistics& now) {
        return now.numbered >= events + now.duplicates && now.gaps == 0;
      },
      60s))
      << run_.daemon().log();
  const auto got = handler_.statistics();
  EXPECT_EQ(got.gaps, 0U);
  EXPECT_EQ(got.altered + got.unknown, 0U);
  EXPECT_THAT(discord_.statistics().violations, testing::IsEmpty());
}

/// By hand, up and down again, over three workers.
TEST_F(resharding, goes_up_and_down_by_hand) {
  run_.config().add("resharding", "enabled = false");
  ASSERT_TRUE(wait_for_start(run_.start(), 4)) << run_.daemon().log();
  const auto port = run_.daemon().admin_port();
  discord_.set_rate(2'000);
  ASSERT_TRUE(wait_for_events(handler_, 1'000));
  const auto started = http_send(port, "POST", "/reshard", R"({"totalShards":8})");
  EXPECT_EQ(started.status, 202) << started.body;
  EXPECT_EQ(http_send(port, "POST", "/reshard", R"({"totalShards":16})").status, 409);
  ASSERT_TRUE(wait_for_set(8)) << run_.daemon().log();
  EXPECT_EQ(http_send(port, "POST", "/reshard", R"({"totalShards":6})").status, 202);
  ASSERT_TRUE(wait_for_set(6)) << run_.daemon().log();
  const auto events = finish_events();
  EXPECT_TRUE(wait_for_numbered(events)) << run_.daemon().log();
  EXPECT_EQ(handler_.statistics().numbered, events);
  expect_flawless(handler_);
  EXPECT_EQ(guild_creates(), discord_.guild_ids().size());
  EXPECT_EQ(discord_.statistics().connected_sessions(), 6U);
  EXPECT_EQ(http_get(port, "/readyz").status, 200);
}

TEST_F(resharding, can_be_previewed_and_rolled_back) {
  run_.config().add("resharding", "enabled = false");
  ASSERT_TRUE(wait_for_start(run_.start(), 4)) << run_.daemon().log();
  const auto port = run_.daemon().admin_port();
  EXPECT_EQ(http_send(port, "DELETE", "/reshard", "").status, 409);
  const auto preview = http_send(port, "POST", "/reshard", R"({"totalShards":8,"dryRun":true})");
  EXPECT_EQ(preview.status, 200) << preview.body;
  EXPECT_NE(preview.body.find("\"identifiesNeeded\":8"), std::string::npos) << preview.body;
  EXPECT_EQ(discord_.statistics().identifies.size(), 4U);
  discord_.set_rate(1'000);
  EXPECT_EQ(http_send(port, "POST", "/reshard", R"({"totalShards":8})").status, 202);
  ASSERT_TRUE(run_.daemon().wait_for_log("both sets are compared", reshard_limit));
  EXPECT_EQ(http_send(port, "DELETE", "/reshard", "").status, 202);
  ASSERT_TRUE(run_.daemon().wait_for_log("rolled back: as asked", reshard_limit));
  ASSERT_TRUE(wait_for_sessions(discord_, 4));
  const auto events = finish_events();
  EXPECT_TRUE(wait_for_numbered(events)) << run_.daemon().log();
  expect_flawless(handler_);
  EXPECT_EQ(guild_creates(), discord_.guild_ids().size());
}

TEST_F(resharding, keeps_the_identifies_it_is_told_to_keep) {
  run_.config().add("resharding", "keep_identifies = 990");
  ASSERT_TRUE(wait_for_start(run_.start(), 4)) << run_.daemon().log();
  discord_.set_recommended_shards(8);
  EXPECT_TRUE(run_.daemon().wait_for_log("resharding.keep_identifies", 20s));
  EXPECT_EQ(discord_.statistics().identifies.size(), 4U);
}

TEST_F(resharding, rolls_back_a_set_that_discord_does_not_accept) {
  run_.config().add("resharding", "timeout_ms = 25000");
  ASSERT_TRUE(wait_for_start(run_.start(), 4)) << run_.daemon().log();
  discord_.set_rate(1'000);
  discord_.inject(
      sim::fault{.kind = sim::fault_kind::refuse_connection, .shard = {}, .times = 500});
  discord_.set_recommended_shards(8);
  ASSERT_TRUE(run_.daemon().wait_for_log("rolled back", reshard_limit)) << run_.daemon().log();
  discord_.clear_faults();
  const auto events = finish_events();
  EXPECT_TRUE(wait_for_numbered(events)) << run_.daemon().log();
  expect_flawless(handler_);
  EXPECT_EQ(http_get(run_.daemon().admin_port(), "/readyz").status, 200);
}

/// Discord closes with 4011 what has too many guilds; it recommends more by then.
TEST(sharding_required, takes_the_new_recommendation) {
  auto options = quick_discord(2);
  options.guilds = 30;
  options.max_guilds_per_shard = 16;
  options.session_lifetime = 100ms;
  sim::simulator discord{options};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  ASSERT_TRUE(wait_for_start(run.start(), 2)) << run.daemon().log();
  run.stop();
  ASSERT_TRUE(
      discord.wait_for([](const sim::statistics& now) { return now.sessions.empty(); }, 20s));
  for (int i = 0; i < 10; ++i) discord.add_guild();
  discord.set_recommended_shards(4);
  ASSERT_TRUE(wait_for_start(run.start(), 4)) << run.daemon().log();
  EXPECT_EQ(discord.statistics().violation_count(sim::violation_kind::sharding_required), 1U)
      << "the others spend no identify on it";
  EXPECT_EQ(discord.statistics().connected_sessions(), 4U);
}

/// Later, and with a number that somebody has set.
TEST(sharding_required, of_one_shard_brings_more_of_them_while_the_others_serve) {
  sim::simulator discord{quick_discord(2)};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  run.config().add("gateway", "total_shards = 2");
  ASSERT_TRUE(wait_for_start(run.start(), 2)) << run.daemon().log();
  discord.set_recommended_shards(4);
  discord.inject({.kind = sim::fault_kind::close, .shard = 1, .close_code = 4011});
  ASSERT_TRUE(run.daemon().wait_for_log("from 2 to 4 shards: done", reshard_limit))
      << run.daemon().log();
  EXPECT_EQ(discord.statistics().identifies.size(), 6U);
  EXPECT_EQ(discord.statistics().connected_sessions(), 4U);
  EXPECT_EQ(http_get(run.daemon().admin_port(), "/readyz").status, 200);
}

TEST(sharding_required, without_resharding_leaves_the_others_alone_and_says_so) {
  sim::simulator discord{quick_discord(2)};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  run.config().add("resharding", "enabled = false");
  ASSERT_TRUE(wait_for_start(run.start(), 2)) << run.daemon().log();
  discord.inject({.kind = sim::fault_kind::close, .shard = 1, .close_code = 4011});
  ASSERT_TRUE(run.daemon().wait_for_log("resharding.enabled is false", 20s)) << run.daemon().log();
  const auto ready = http_get(run.daemon().admin_port(), "/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find("4011"), std::string::npos) << ready.body;
  for (const auto guild : discord.guild_ids()) {
    if ((guild >> 22U) % 2 == 0) discord.emit(guild, "MESSAGE_CREATE");
  }
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  EXPECT_EQ(discord.statistics().identifies.size(), 2U);
  run.stop();
}

}  // namespace
}  // namespace gatehouse::test
