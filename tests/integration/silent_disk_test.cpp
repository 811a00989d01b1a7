#include "frozen_thread.hpp"
#include "numbered_events.hpp"
#include "succession.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>

/// A disk that takes what it is given and never answers.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 2;
constexpr std::uint32_t live_shard = 1;

struct silent_disk : testing::Test {
  static sim::sim_options impatient_discord() {
    auto options = quick_discord(shards);
    options.heartbeat_interval = 1'500ms;
    return options;
  }
  silent_disk() {
    run.config().add("handlers", "urls = [\"" + dead.url() + "\", \"" + live.url() + "\"]");
  }
  /// The events of the dead URL have to go to disk from now on.
  void start() {
    ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
    ASSERT_TRUE(wait_for_everything(discord)) << run.daemon().log();
    dead.stop_listening();
  }
  void send_backlog() { events.send_round(guilds_of_shard(discord, 0, shards), 500, 500); }

  sim::simulator discord{impatient_discord()};
  sim::event_handler dead{{.registry = discord.registry()}};
  sim::event_handler live{{.registry = discord.registry()}};
  succession run{discord, live};
  numbered_events events{discord};
};

TEST_F(silent_disk, holds_up_neither_deliveries_nor_heartbeats) {
  start();
  {
    const frozen_thread disk{run.daemon().pid(), "spool"};
    send_backlog();
    const auto guilds = guilds_of_shard(discord, live_shard, shards);
    const auto beats = discord.statistics().heartbeats;
    const auto has_beaten = [&] { return discord.statistics().heartbeats >= beats + 2 * shards; };
    for (int i = 0; i < 200 || !has_beaten(); ++i) {
      const auto before = live.statistics().events;
      events.send_round(guilds, 1, 100);
      ASSERT_TRUE(live.wait_until([&](const auto& got) { return got.events > before; }, 5s))
          << "event " << i << '\n'
          << run.daemon().log();
    }
  }
  dead.start_listening();
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  expect_flawless(live);
  expect_flawless(dead);
  EXPECT_EQ(discord.statistics().violation_count(sim::violation_kind::missed_heartbeat), 0U);
}

/// Its READY would wait for the disk for ever.
TEST_F(silent_disk, holds_up_a_new_session_for_a_moment_only) {
  start();
  {
    const frozen_thread disk{run.daemon().pid(), "state"};
    const auto before = live.statistics().by_type["READY"];
    discord.inject({.kind = sim::fault_kind::close, .shard = live_shard, .close_code = 4007});
    EXPECT_TRUE(live.wait_until(
        [&](const sim::handler_statistics& now) {
          const auto had = now.by_type.find("READY");
          return had != now.by_type.end() && had->second > before;
        },
        20s))
        << run.daemon().log();
  }
  run.stop();
}

/// A busy disk takes its time with what a stop has it write; that is no failure.
TEST_F(silent_disk, is_waited_for_at_the_end_while_it_may_only_be_slow) {
  start();
  {
    const frozen_thread disk{run.daemon().pid(), "spool"};
    send_backlog();
    ASSERT_TRUE(run.daemon().wait_for_log("is down")) << run.daemon().log();
    run.daemon().send_signal(SIGTERM);
    EXPECT_FALSE(run.daemon().wait_for_end(1'700ms)) << run.daemon().log();
  }
  const auto end = run.daemon().wait_for_end(10s);
  ASSERT_TRUE(end) << run.daemon().log();
  EXPECT_EQ(end->exit_code, 0) << run.daemon().log();
}

/// Discord replays then what the disk does not have.
TEST_F(silent_disk, does_not_keep_the_daemon_from_stopping) {
  start();
  {
    const frozen_thread disk{run.daemon().pid(), "spool"};
    send_backlog();
    ASSERT_TRUE(run.daemon().wait_for_log("is down")) << run.daemon().log();
    run.daemon().send_signal(SIGTERM);
    ASSERT_TRUE(wait_until(
        [&] {
          disk.let_end();
          return run.daemon().wait_for_end(10ms).has_value();
        },
        20s))
        << run.daemon().log();
  }
  EXPECT_EQ(run.daemon().wait_for_end(0ms)->exit_code, 1);  // not all that was asked for was done
  EXPECT_NE(run.daemon().log().find("not on disk"), std::string::npos) << run.daemon().log();
  dead.start_listening();
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  expect_flawless(dead);
  EXPECT_EQ(discord.statistics().identifies_accepted, shards);
}

}  // namespace
}  // namespace gatehouse::test
