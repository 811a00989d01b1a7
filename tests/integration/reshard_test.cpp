#include "succession.hpp"

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
  options.heartbeat_interval = 2'000ms;
  return options;
}

class resharding : public testing::Test {
 protected:
  explicit resharding(std::uint32_t shards = 4) : discord_(crowded_discord(shards)) {
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
    return run_.daemon().wait_for_log(
        "to " + std::to_string(shards) + " shards: done", reshard_limit);
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
  EXPECT_TRUE(seen.violations.empty());
}

}  // namespace
}  // namespace gatehouse::test
