#include "daemon_process.hpp"
#include "setup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

/// The main job at full width: 16 shards on 2 workers, 4 identify buckets, 100,000 events.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 16;
constexpr std::uint32_t max_concurrency = 4;
constexpr std::uint64_t flood_events = 100'000;
constexpr auto identify_window = 200ms;

sim::sim_options main_job_discord(bool tls) {
  sim::sim_options options = quick_discord(shards);
  options.max_concurrency = max_concurrency;
  options.identify_window = identify_window;
  options.gateway_tls = tls;
  return options;
}

/// Two identifies of one bucket must be `spawn_shard_delay_ms` apart, as they reach Discord.
void expect_identify_spacing(const sim::statistics& seen, std::chrono::milliseconds spacing) {
  std::map<std::uint32_t, std::vector<runtime::time_point>> by_bucket;
  for (const auto& identify : seen.identifies) by_bucket[identify.bucket].push_back(identify.at);
  EXPECT_EQ(by_bucket.size(), max_concurrency);
  for (auto& [bucket, times] : by_bucket) {
    EXPECT_EQ(times.size(), shards / max_concurrency) << "bucket " << bucket;
    for (std::size_t i = 1; i < times.size(); ++i) {
      EXPECT_GE(times[i] - times[i - 1], spacing) << "bucket " << bucket << ", identify " << i;
    }
  }
}

class main_job : public testing::TestWithParam<std::string> {};

TEST_P(main_job, delivers_everything_once_in_lane_order_with_identical_bytes) {
  sim::simulator discord{main_job_discord(true)};
  sim::event_handler handler{{.registry = discord.registry()}};
  temporary_folder folder;
  const std::string ca = folder.write("ca.pem", discord.ca_pem());
  daemon_process daemon{config_text{discord, {handler.url()}}
                            .add("discord", "compression = \"" + GetParam() + '"')
                            .add("discord", "ca_file = \"" + ca + '"')
                            .add("gateway", "spawn_shard_delay_ms = 210")
                            .add("gateway", "shards_per_worker = 8")
                            .add("gateway", "total_workers = 2")
                            .str()};
  ASSERT_TRUE(wait_for_start(daemon, shards)) << daemon.log();
  discord.flood(flood_events);
  ASSERT_TRUE(wait_for_everything(discord)) << daemon.log();
  expect_flawless(handler);
  const auto got = handler.statistics();
  EXPECT_EQ(got.events, discord.statistics().events);
  EXPECT_EQ(got.matched, got.events) << "every message with the very bytes that were sent";
  EXPECT_EQ(got.refused_requests, 0U);

  const auto end = daemon.stop();
  ASSERT_TRUE(end) << daemon.log();
  EXPECT_EQ(end->exit_code, 0) << daemon.log();
  EXPECT_TRUE(discord.wait_for(
      [](const sim::statistics& now) {
        return now.client_closes == std::map<std::uint16_t, std::uint64_t>{{4000, shards}};
      },
      10s))
      << "every session closed so that it can be resumed";
  const auto seen = discord.statistics();
  EXPECT_THAT(seen.violations, testing::IsEmpty()) << seen.violations.front().text;
  EXPECT_EQ(seen.identifies_accepted, shards);
  EXPECT_EQ(seen.resumes_accepted, 0U);
  // As received; the daemon spaces by 210 ms at the moment of sending, Discord asks for 200.
  expect_identify_spacing(seen, identify_window);
}

INSTANTIATE_TEST_SUITE_P(compressions, main_job,
                         testing::Values("none", "zlib-stream", "zstd-stream"),
                         [](const auto& chosen) {
                           std::string name = chosen.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace gatehouse::test
