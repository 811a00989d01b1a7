#include "succession.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

/// Handlers that are away for long, and more events than memory has room for.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 4;

std::uint64_t resident_bytes(pid_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/statm"};
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  file >> all >> resident;
  return resident * 4'096;
}

/// From Discord's sending to the handler's accepting, one event at a time; the median.
std::chrono::microseconds median_delay(sim::simulator& discord, const sim::event_handler& handler,
                                       std::uint64_t guild) {
  std::vector<std::chrono::microseconds> delays;
  for (int i = 0; i < 101; ++i) {
    const auto before = handler.statistics().events;
    const auto sent = std::chrono::steady_clock::now();
    discord.emit(guild, "CHANNEL_UPDATE");
    EXPECT_TRUE(wait_for_events(handler, before + 1));
    delays.push_back(std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - sent));
  }
  std::nth_element(delays.begin(), delays.begin() + 50, delays.end());
  return delays[50];
}

/// A guild of shard 0.
std::uint64_t guild_of_first_shard(const sim::simulator& discord) {
  const auto guilds = discord.guild_ids();
  return *std::find_if(guilds.begin(), guilds.end(),
                       [](std::uint64_t guild) { return (guild >> 22U) % shards == 0; });
}

TEST(outage, of_ten_seconds_loses_nothing) {
  sim::simulator discord{quick_discord(shards)};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  discord.set_rate(1'600);
  ASSERT_TRUE(wait_for_events(handler, 2'000));
  handler.stop_listening();
  ASSERT_TRUE(wait_until_sent(discord, 18'000));
  handler.start_listening();
  ASSERT_TRUE(wait_until_sent(discord, 20'000));
  discord.set_rate(0);
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  expect_flawless(handler);
  EXPECT_EQ(handler.statistics().events, discord.statistics().events);
}

TEST(outage, of_one_url_leaves_the_other_alone) {
  sim::simulator discord{quick_discord(shards)};
  sim::event_handler alive{{.registry = discord.registry()}};
  sim::event_handler dead{{.registry = discord.registry()}};
  succession run{discord, alive};
  run.config()
      .add("handlers", "urls = [\"" + alive.url() + "\", \"" + dead.url() + "\"]")
      .add("queue", "memory_mb = 1");
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  ASSERT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  const auto guild = guild_of_first_shard(discord);
  const auto delay_before = median_delay(discord, alive, guild);
  dead.stop_listening();
  discord.flood(20'000);
  // All of the shards 0 and 2 arrives while the others' events wait.
  const auto of_alive = [&] {
    std::uint64_t sent = 0;
    for (const auto& session : discord.statistics().sessions) {
      if (session.shard_id % 2 == 0) sent += session.events;
    }
    return sent;
  };
  ASSERT_TRUE(
      discord.wait_for([](const sim::statistics& now) { return now.flood_remaining == 0; }, 120s));
  EXPECT_TRUE(wait_for_events(alive, of_alive())) << run.daemon().log();
  const auto delay_after = median_delay(discord, alive, guild);
  std::cout << "median delay at the live URL: " << delay_before.count() << " us with both up, "
            << delay_after.count() << " us with the other dead and 10,000 events queued\n";
  expect_flawless(alive);
  dead.start_listening();
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  expect_flawless(dead);
}

/// 200,000 events of 2 kB where memory has room for 4,000.
TEST(outage, is_bounded_in_memory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps memory that was given back";
#endif
  constexpr std::uint64_t events = 200'000;
  constexpr std::uint64_t allowance = 60'000'000;
  sim::simulator discord{quick_discord(shards)};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  run.config()
      .add("queue", "memory_mb = 8")
      .add("discord", "compression = \"none\"")  // such a filler would compress to nothing
      .add("gateway", "shards_per_worker = 100")
      .add("events", "edited_message_ttl_ms = 0");
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  ASSERT_TRUE(wait_for_everything(discord));
  const auto idle = resident_bytes(run.daemon().pid());
  handler.stop_listening();

  const auto guilds = discord.guild_ids();
  const std::string filler(1'900, 'x');
  const auto before = discord.statistics().events;
  std::uint64_t peak = 0;
  for (std::uint64_t i = 0; i < events; ++i) {
    const auto guild = guilds[i % guilds.size()];
    discord.emit_to_guild(
        guild, "MESSAGE_CREATE",
        "{\"guild_id\":\"" + std::to_string(guild) + "\",\"content\":\"" + filler + "\"}");
    if (i % 1'000 == 0) peak = std::max(peak, resident_bytes(run.daemon().pid()));
  }
  ASSERT_TRUE(wait_until_sent(discord, before + events));
  peak = std::max(peak, resident_bytes(run.daemon().pid()));
  handler.start_listening();
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  peak = std::max(peak, resident_bytes(run.daemon().pid()));
  expect_flawless(handler);
  EXPECT_LT(peak, idle + allowance);
  RecordProperty("idle_bytes", std::to_string(idle));
  RecordProperty("peak_bytes", std::to_string(peak));
}

}  // namespace
}  // namespace gatehouse::test
