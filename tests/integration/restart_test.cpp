#include "succession.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <random>
#include <string>

/// A daemon that ends, one way or another, and the one that takes its place.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 4;

sim::sim_options strict_discord() {
  sim::sim_options options = quick_discord(shards);
  options.trim_replay_by_heartbeat = true;
  options.heartbeat_interval = 1500ms;  // a slow machine is not to be taken for a dead one
  return options;
}

void expect_no_identify_since(const sim::simulator& discord, std::size_t before) {
  EXPECT_EQ(discord.statistics().identifies.size(), before);
}

TEST(graceful_restart, repeats_and_misses_nothing) {
  sim::simulator discord{strict_discord()};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  discord.set_rate(4'000);
  ASSERT_TRUE(wait_for_events(handler, 4'000));
  run.stop();
  ASSERT_TRUE(wait_until_sent(discord, 8'000));
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  ASSERT_TRUE(wait_until_sent(discord, 12'000));
  discord.set_rate(0);
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  expect_flawless(handler);
  expect_no_identify_since(discord, shards);
  EXPECT_EQ(discord.statistics().resumes_accepted, shards);
}

TEST(graceful_restart, keeps_the_queue_while_the_handler_is_down) {
  sim::simulator discord{strict_discord()};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  discord.set_rate(4'000);
  ASSERT_TRUE(wait_for_events(handler, 2'000));
  handler.stop_listening();
  ASSERT_TRUE(wait_until_sent(discord, 6'000));
  run.stop();
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  ASSERT_TRUE(wait_until_sent(discord, 10'000));
  discord.set_rate(0);
  handler.start_listening();
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  expect_flawless(handler);
  expect_no_identify_since(discord, shards);
}

TEST(crash, misses_nothing_at_any_moment) {
  constexpr int kills = 20;
  sim::simulator discord{strict_discord()};
  sim::event_handler handler{{.registry = discord.registry()}};
  handler.set_default_answer({.delay = 5ms});
  succession run{discord, handler};
  std::mt19937 random{20'261'124};
  std::uniform_int_distribution<std::uint64_t> pause{50, 900};
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  discord.set_rate(1'500);
  for (int i = 0; i < kills; ++i) {
    const auto sent = discord.statistics().events;
    ASSERT_TRUE(wait_until_sent(discord, sent + pause(random)));
    run.kill();
    run.start();
  }
  ASSERT_TRUE(wait_for_start(run.daemon(), shards)) << run.daemon().log();
  discord.set_rate(0);
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  const auto got = handler.statistics();
  EXPECT_EQ(got.altered + got.unknown + got.malformed_requests, 0U);
  EXPECT_EQ(got.gaps, 0U);
  expect_no_identify_since(discord, shards);
  RecordProperty("repeats", std::to_string(got.repeated));
  std::cout << kills << " kills, " << got.events << " events, " << got.repeated
            << " of them repeats\n";
}

/// Discord's own memory is short: what it forgets must be on disk here.
TEST(crash, keeps_what_has_waited_long_enough) {
  auto options = strict_discord();
  options.replay_events = 300;
  sim::simulator discord{options};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  handler.stop_listening();
  // Slow enough for the buffers of 300 to reach back beyond spool_after_ms + checkpoint_ms.
  discord.set_rate(1'000);
  ASSERT_TRUE(wait_until_sent(discord, 5'000));
  run.kill();
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  discord.set_rate(0);
  handler.start_listening();
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  EXPECT_EQ(handler.statistics().gaps, 0U);
  expect_no_identify_since(discord, shards);
}

TEST(start, resumes_while_the_rest_api_is_away) {
  sim::simulator discord{strict_discord()};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  run.stop();
  discord.set_rest_listening(false);
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  EXPECT_TRUE(wait_until(
      [&] { return http_get(run.daemon().admin_port(), "/readyz").status == 200; }, 10s));
  discord.flood(1'000);
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  expect_no_identify_since(discord, shards);
  discord.set_rest_listening(true);
}

bool wait_for_gaps(const sim::event_handler& handler, std::size_t gaps) {
  return handler.wait_until(
      [&](const sim::handler_statistics& now) {
        const auto told = now.by_type.find("GATEHOUSE_GAP");
        return told != now.by_type.end() && told->second == gaps;
      },
      20s);
}

TEST(start, ends_the_sessions_of_another_number_of_shards) {
  sim::simulator discord{quick_discord(shards)};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  run.stop();
  for (const auto guild : discord.guild_ids()) discord.emit(guild, "MESSAGE_CREATE");
  run.config().add("gateway", "total_shards = 6");
  ASSERT_TRUE(wait_for_start(run.start(), 6)) << run.daemon().log();
  const auto seen = discord.statistics();
  EXPECT_EQ(seen.resumes_accepted, shards) << "what they had missed is taken first";
  EXPECT_EQ(seen.client_closes.at(1000), shards) << "then they are ended";
  EXPECT_EQ(seen.identifies.size(), shards + 6U);
  EXPECT_EQ(seen.connected_sessions(), 6U);
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  expect_flawless(handler);
  EXPECT_TRUE(wait_for_gaps(handler, shards)) << "what came between is lost, and told";
}

TEST(start, does_not_resume_with_other_intents) {
  sim::simulator discord{quick_discord(shards)};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  run.stop();
  constexpr std::uint64_t others = 513;
  run.config().add("discord", "intents = " + std::to_string(others));
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  const auto seen = discord.statistics();
  ASSERT_EQ(seen.identifies.size(), 2U * shards);
  EXPECT_EQ(seen.identifies.back().intents, others);
  EXPECT_EQ(seen.client_closes.at(1000), shards);
  EXPECT_TRUE(wait_for_gaps(handler, shards)) << "what came between is lost, and told";
}

TEST(start, identifies_where_discord_does_not_know_the_session) {
  auto options = quick_discord(shards);
  options.session_lifetime = 100ms;
  sim::simulator discord{options};
  sim::event_handler handler{{.keep_events = 1'000}};
  succession run{discord, handler};
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  run.stop();
  ASSERT_TRUE(
      discord.wait_for([](const sim::statistics& now) { return now.sessions.empty(); }, 20s));
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  EXPECT_TRUE(wait_for_gaps(handler, shards));
  EXPECT_TRUE(wait_until(
      [&] {
        const auto metrics = http_get(run.daemon().admin_port(), "/metrics").body;
        return metrics.find("gatehouse_shard_gaps_total{shard=\"3\"} 1\n") != std::string::npos;
      },
      10s));
  for (const auto& event : handler.events()) {
    if (event.type != "GATEHOUSE_GAP") continue;
    EXPECT_TRUE(event.event_id.ends_with(":gap")) << event.event_id;
    EXPECT_NE(event.message.find("\"shard_id\":" + std::to_string(event.shard_id)),
              std::string::npos)
        << event.message;
  }
}

TEST(start, refuses_a_state_directory_in_use) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler;
  succession run{discord, handler};
  ASSERT_TRUE(wait_for_start(run.start(), 1)) << run.daemon().log();
  daemon_process second{run.config().str()};
  const auto end = second.wait_for_end(10s);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 1);
  EXPECT_NE(second.log().find("state.dir"), std::string::npos) << second.log();
}

}  // namespace
}  // namespace gatehouse::test
