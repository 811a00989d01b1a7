#include "daemon_figures.hpp"
#include "frozen_thread.hpp"
#include "numbered_events.hpp"
#include "succession.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>

/// HUP while a handler hangs, is down, or has a backlog on disk.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 2;
constexpr std::uint32_t live_shard = 1;
constexpr auto discord_patience = 3'000ms;  // discord-api-docs: Receiving and Responding

struct reload_in_trouble : testing::Test {
  reload_in_trouble() {
    run.config()
        .add("handlers", "urls = [\"" + dead.url() + "\", \"" + live.url() + "\"]")
        .add("interactions", "defer = true");
  }
  void start() {
    ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
    ASSERT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  }
  void hang_up() {
    static_cast<void>(run.daemon().folder().write("gatehouse.toml", run.config().str()));
    run.daemon().send_signal(SIGHUP);
  }
  bool wait_for_reload() { return run.daemon().wait_for_log("revision 2"); }
  [[nodiscard]] std::uint64_t guild(std::uint32_t shard) const {
    return guilds_of_shard(discord, shard, shards).back();
  }
  sim::callback_record expect_answered(std::size_t callbacks) {
    EXPECT_TRUE(discord.wait_for(
        [&](const sim::statistics& now) { return now.callbacks.size() >= callbacks; }, 10s))
        << run.daemon().log();
    const auto seen = discord.statistics().callbacks;
    if (seen.size() < callbacks) return {};
    EXPECT_LT(seen.back().age, discord_patience);
    EXPECT_LT(seen.back().status, 300U);
    return seen.back();
  }

  sim::simulator discord{quick_discord(shards)};
  sim::event_handler dead{{.registry = discord.registry(), .keep_events = 10'000}};
  sim::event_handler live{{.registry = discord.registry(), .keep_events = 10'000}};
  succession run{discord, dead};
  numbered_events events{discord};
};

/// One URL hangs and has its backlog on a disk that has just ceased to answer.
TEST_F(reload_in_trouble, does_not_stop_the_other_url) {
  run.config().add("queue", "memory_mb = 1");
  start();
  dead.set_default_answer({.fate = sim::answer_fate::hang});
  events.send_round(guilds_of_shard(discord, 0, shards), 5'000, 2'000);
  ASSERT_TRUE(
      wait_until([&] { return metric(run.daemon(), "gatehouse_spool_events") >= 3'000; }, 20s))
      << run.daemon().log();
  run.config().add("queue", "memory_mb = 2");
  {
    const frozen_thread disk{run.daemon().pid(), "spool"};
    hang_up();
    // Were reading held back, each event would take as long as that pause.
    const auto until = std::chrono::steady_clock::now() + 100s;
    for (int i = 0; i < 500; ++i) {
      ASSERT_LT(std::chrono::steady_clock::now(), until) << "event " << i;
      const auto before = live.statistics().events;
      events.send(guild(live_shard), "MESSAGE_CREATE", 100);
      ASSERT_TRUE(live.wait_until([&](const auto& got) { return got.events > before; }, 5s))
          << "event " << i << '\n'
          << run.daemon().log();
    }
    live.set_default_answer({.fate = sim::answer_fate::hang});
    discord.emit_interaction(guilds_of_shard(discord, live_shard, shards).front(), 2);
    EXPECT_EQ(expect_answered(1).callback_type, 5);
  }
  live.set_default_answer({});
  dead.set_default_answer({});
  EXPECT_TRUE(wait_for_reload()) << run.daemon().log();
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  expect_flawless(live);
  expect_flawless(dead);
}

TEST_F(reload_in_trouble, leaves_an_interaction_its_time) {
  run.config().add("interactions", "deadline_ms = 2500");
  start();
  live.set_default_answer({.fate = sim::answer_fate::hang});
  discord.emit_interaction(guild(live_shard), 2);
  ASSERT_TRUE(live.wait_until([](const auto& got) { return got.refused_requests > 0; }, 10s));
  run.config().add("queue", "memory_mb = 32");
  hang_up();
  EXPECT_EQ(expect_answered(1).callback_type, 5);
}

TEST_F(reload_in_trouble, answers_what_comes_meanwhile) {
  run.config().add("interactions", "deadline_ms = 2500");
  start();
  live.set_default_answer({.fate = sim::answer_fate::hang});
  discord.emit(guild(live_shard), "CHANNEL_UPDATE");
  ASSERT_TRUE(live.wait_until([](const auto& got) { return got.refused_requests > 0; }, 10s));
  run.config().add("queue", "memory_mb = 32");
  hang_up();
  discord.emit_interaction(guild(live_shard), 2);
  EXPECT_EQ(expect_answered(1).callback_type, 5);
}

TEST_F(reload_in_trouble, keeps_the_deferred_mark_in_memory) {
  run.config().add("queue", "spool_mb = 0");
  start();
  live.stop_listening();
  discord.emit(guild(live_shard), "CHANNEL_UPDATE");
  ASSERT_TRUE(run.daemon().wait_for_log("is down")) << run.daemon().log();
  discord.emit_interaction(guild(live_shard), 2);
  EXPECT_EQ(expect_answered(1).callback_type, 5);
  run.config().add("handlers", "timeout_ms = 9000").add("queue", "memory_mb = 32");
  hang_up();
  ASSERT_TRUE(wait_for_reload()) << run.daemon().log();
  live.start_listening();
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  for (const auto& event : live.events()) {
    if (event.type != "INTERACTION_CREATE") continue;
    EXPECT_EQ(event.deferred, "5");
  }
  EXPECT_EQ(discord.statistics().callbacks.size(), 1U) << "answered once";
}

TEST_F(reload_in_trouble, hands_a_backlog_from_disk_to_the_new_url) {
  run.config().add("queue", "memory_mb = 1");
  start();
  sim::event_handler heir{{.registry = discord.registry()}};
  dead.stop_listening();
  events.send_round(guilds_of_shard(discord, 0, shards), 5'000, 2'000);
  ASSERT_TRUE(wait_until(
      [&] { return metric(run.daemon(), "gatehouse_queue_spooled_events") >= 3'000; }, 20s))
      << run.daemon().log();
  run.config().add("handlers", "urls = [\"" + heir.url() + "\", \"" + live.url() + "\"]");
  hang_up();
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  expect_flawless(heir);
  expect_flawless(live);
}

}  // namespace
}  // namespace gatehouse::test
