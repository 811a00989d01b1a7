#include "daemon_figures.hpp"
#include "numbered_events.hpp"
#include "succession.hpp"

#include <gtest/gtest.h>

#include <chrono>

/// An event that is larger than the whole queue, without a disk.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t large_bytes = 6'000'000;

struct large_event : testing::Test {
  void start() {
    run.config().add("queue", "memory_mb = 4").add("queue", "spool_mb = 0");
    ASSERT_TRUE(wait_for_start(run.start(), 1)) << run.daemon().log();
    ASSERT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  }

  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  numbered_events events{discord};
};

TEST_F(large_event, is_dropped_alone_while_its_handler_is_down) {
  start();
  handler.stop_listening();
  const auto guilds = discord.guild_ids();
  events.send_round(guilds, 1'000, 1'000);
  events.send(guilds.front(), "WEBHOOKS_UPDATE", large_bytes);
  events.send_round(guilds, 1'000, 1'000);
  ASSERT_TRUE(wait_until(
      [&] {
        return metric(run.daemon(), "gatehouse_events_dropped_total",
                      "event=\"WEBHOOKS_UPDATE\"") == 1;
      },
      20s))
      << run.daemon().log();
  handler.start_listening();
  EXPECT_TRUE(wait_until([&] { return discord.registry()->missing().size() == 1; }, 20s))
      << discord.registry()->missing().size() << " are missing\n"
      << run.daemon().log();
  EXPECT_EQ(metric(run.daemon(), "gatehouse_events_dropped_total"), 1);
  EXPECT_EQ(handler.statistics().out_of_order, 0U);
}

TEST_F(large_event, goes_through_to_an_idle_handler) {
  start();
  events.send(discord.guild_ids().front(), "WEBHOOKS_UPDATE", large_bytes);
  EXPECT_TRUE(handler.wait_until(
      [](const sim::handler_statistics& now) { return now.by_type.contains("WEBHOOKS_UPDATE"); },
      10s))
      << run.daemon().log();
  expect_flawless(handler);
}

}  // namespace
}  // namespace gatehouse::test
