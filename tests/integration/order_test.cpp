#include "daemon_figures.hpp"
#include "numbered_events.hpp"
#include "succession.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <string>

/// What was killed in the middle of its work hands over every guild's events in order all the same.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 4;

sim::sim_options many_guilds() {
  auto options = quick_discord(shards);
  options.guilds = 300;
  options.guild_create_bytes = 300;
  return options;
}

/// First copies of every guild's events have come in order, and none is missing.
void expect_order(const sim::event_handler& handler) {
  const auto got = handler.statistics();
  EXPECT_EQ(got.out_of_order, 0U);
  EXPECT_EQ(got.gaps, 0U);
  EXPECT_EQ(got.altered + got.unknown + got.malformed_requests, 0U);
  for (const auto& remark : got.remarks) ADD_FAILURE() << remark;
}

enum class trouble { down, slow };

class order_over_kills : public testing::TestWithParam<trouble> {};

TEST_P(order_over_kills, is_kept_with_little_memory) {
  constexpr int kills = 20;
  sim::simulator discord{many_guilds()};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  run.config()
      .add("queue", "memory_mb = 1")
      .add("queue", "spool_after_ms = 1000")
      .add("handlers", "max_in_flight = 8");
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  ASSERT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  if (GetParam() == trouble::down) {
    handler.stop_listening();
  } else {
    handler.set_default_answer({.delay = 20ms});
  }
  std::mt19937 random{20'261'128};
  std::uniform_int_distribution<std::size_t> burst{200, 1'100};
  const auto guilds = discord.guild_ids();
  numbered_events events{discord};
  for (int i = 0; i < kills; ++i) {
    const auto count = burst(random);
    events.send_round(guilds, count, 1'000);
    run.kill();
    ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  }
  if (GetParam() == trouble::down) handler.start_listening();
  handler.set_default_answer({});
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  expect_order(handler);
  EXPECT_EQ(discord.statistics().identifies_accepted, shards);
}

INSTANTIATE_TEST_SUITE_P(handler, order_over_kills, testing::Values(trouble::down, trouble::slow),
                         [](const auto& tested) {
                           return tested.param == trouble::down ? "down" : "slow";
                         });

/// READY and GATEHOUSE_GAP, which nothing may drop.
struct barriers : testing::Test {
  void start() {
    ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
    ASSERT_TRUE(wait_for_sessions(discord, shards));
  }
  /// Then the handler goes, having had every READY.
  void start_and_lose_handler() {
    start();
    ASSERT_TRUE(handler.wait_until(
        [](const sim::handler_statistics& now) {
          const auto had = now.by_type.find("READY");
          return had != now.by_type.end() && had->second == shards;
        },
        20s));
    handler.stop_listening();
  }
  void lose_session(std::uint32_t shard) {
    const auto before = discord.statistics().identifies.size();
    sim::fault fault;
    fault.kind = sim::fault_kind::close;
    fault.close_code = 4007;  // the session is gone, and the next one begins without a pause
    fault.shard = shard;
    discord.inject(fault);
    ASSERT_TRUE(discord.wait_for(
        [&](const sim::statistics& now) { return now.identifies.size() > before; }, 20s))
        << run.daemon().log();
  }
  /// Each session that serves has its READY; one that has not any more but had is told as a gap.
  /// (Of one that began and ended within a daemon's last moments nobody knows.)
  void expect_all_told() {
    EXPECT_TRUE(wait_until([&] { return untold().empty(); }, 20s)) << untold() << '\n'
                                                                   << run.daemon().log();
    EXPECT_GT(handler.statistics().by_type["GATEHOUSE_GAP"], 0U);
  }
  bool is_saved(const std::string& session) {
    const auto file = (run.state().path() / "sessions.db").string();
    return (read_file(file) + read_file(file + "-wal")).find(session) != std::string::npos;
  }
  std::string untold() {
    std::set<std::string> told;
    for (const auto& event : handler.events()) told.insert(event.event_id);
    std::set<std::string> serving;
    for (const auto& session : discord.statistics().sessions) {
      if (session.connected) serving.insert(session.session_id);
    }
    std::string untold;
    for (const auto& identify : discord.statistics().identifies) {
      const auto& session = identify.session_id;
      const bool has_ready = told.contains(session + ":1");
      if (serving.contains(session) ? !has_ready : has_ready && !told.contains(session + ":gap")) {
        untold += session + (has_ready ? ":gap " : ":1 ");
      }
    }
    return untold;
  }

  sim::simulator discord{quick_discord(shards)};
  sim::event_handler handler{{.keep_events = 100'000}};
  succession run{discord, handler};
};

TEST_F(barriers, outlive_max_age) {
  run.config().add("queue", "max_age_s = 1");
  start_and_lose_handler();
  lose_session(2);
  ASSERT_TRUE(wait_for_sessions(discord, shards)) << run.daemon().log();
  // What comes later is too old already.
  discord.emit(guilds_of_shard(discord, 1, shards).front(), "CHANNEL_UPDATE");
  ASSERT_TRUE(wait_until(
      [&] {
        return metric(run.daemon(), "gatehouse_events_dropped_total",
                      "event=\"CHANNEL_UPDATE\",reason=\"too_old\"") == 1;
      },
      20s))
      << run.daemon().log();
  run.stop();
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  handler.start_listening();
  expect_all_told();
}

TEST_F(barriers, outlive_a_full_spool) {
  run.config().add("queue", "memory_mb = 1").add("queue", "spool_mb = 1");
  start_and_lose_handler();
  lose_session(2);
  ASSERT_TRUE(wait_for_sessions(discord, shards)) << run.daemon().log();
  // Both are on disk when it fills up: the oldest there is.
  ASSERT_TRUE(wait_until([&] { return metric(run.daemon(), "gatehouse_spool_events") > 1; }, 20s));
  numbered_events events{discord};
  // The second time, what there was is on disk alone.
  for (int i = 0; i < 2; ++i) {
    events.send_round(discord.guild_ids(), 6'000, 1'000);
    ASSERT_TRUE(wait_until(
        [&] { return metric(run.daemon(), "gatehouse_events_dropped_total") > 1'000; }, 30s))
        << run.daemon().log();
    i == 0 ? run.stop() : run.kill();
    ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  }
  handler.start_listening();
  expect_all_told();
}

/// Else a kill would leave a gap behind it that nobody could tell of.
TEST_F(barriers, reach_the_handler_only_when_their_session_is_stored) {
  start();
  for (std::uint32_t round = 0; round < 10; ++round) {
    lose_session(round % shards);
    const auto ready = discord.statistics().identifies.back().session_id + ":1";
    ASSERT_TRUE(wait_until(
        [&] {
          const auto events = handler.events();
          return std::any_of(events.rbegin(), events.rend(),
                             [&](const auto& event) { return event.event_id == ready; });
        },
        20s))
        << run.daemon().log();
    run.kill();
    const auto identifies = discord.statistics().identifies_accepted;
    start();
    EXPECT_EQ(discord.statistics().identifies_accepted, identifies) << run.daemon().log();
  }
  expect_all_told();
}

TEST_F(barriers, outlive_a_kill_right_after_the_session_was_lost) {
  run.config().add("queue", "spool_after_ms = 1000");
  start_and_lose_handler();
  for (std::uint32_t shard = 0; shard < 3; ++shard) {
    lose_session(shard);
    // At once first; then as soon as the new session has taken the place of the old one on disk.
    const auto session = discord.statistics().identifies.back().session_id;
    ASSERT_TRUE(shard == 0 || wait_until([&] { return is_saved(session); }, 20s));
    run.kill();
    start();
  }
  handler.start_listening();
  expect_all_told();
}

}  // namespace
}  // namespace gatehouse::test
