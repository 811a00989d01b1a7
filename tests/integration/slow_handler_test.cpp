#include "daemon_figures.hpp"
#include "numbered_events.hpp"
#include "succession.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

/// A handler that is up and takes a second for each answer, beside one that is fast.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 4;
constexpr std::uint32_t slow_shard = 0;  // the slow URL has the even ones
constexpr std::uint32_t fast_shard = 1;
constexpr std::size_t event_bytes = 8'000;
constexpr std::size_t backlog_events = 3'000;  // 24 MB where memory has room for 4
constexpr auto discord_patience = 3'000ms;     // discord-api-docs: Receiving and Responding

sim::sim_options impatient_discord() {
  auto options = quick_discord(shards);
  options.heartbeat_interval = 1'500ms;
  options.missed_heartbeat_close_code = 4009;
  return options;
}

struct slow_handler : testing::Test {
  slow_handler() {
    run.config()
        .add("handlers", "urls = [\"" + slow.url() + "\", \"" + fast.url() + "\"]")
        .add("interactions", "defer = true")
        .add("queue", "memory_mb = 4");
  }
  void start_with_backlog() {
    ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
    ASSERT_TRUE(wait_for_everything(discord)) << run.daemon().log();
    slow.set_default_answer({.delay = 1s});
    auto guilds = guilds_of_shard(discord, slow_shard, shards);
    interaction_guild = guilds.back();  // the simulator counts this one's events
    guilds.pop_back();
    events.send_round(guilds, backlog_events, event_bytes);
  }
  void expect_fast_url_at_full_rate() {
    const auto before = fast.statistics().events;
    constexpr std::size_t count = 4'000;
    events.send_round(guilds_of_shard(discord, fast_shard, shards), count, 500);
    EXPECT_TRUE(wait_for_events(fast, before + count)) << run.daemon().log();
    EXPECT_LT(slow.statistics().events, backlog_events) << "the slow URL has taken all by now";
  }
  bool has_interaction() const {
    const auto by_type = slow.statistics().by_type;
    return by_type.contains("INTERACTION_CREATE");
  }
  /// By the daemon, or it is with its handler in time, where nothing is before it.
  void expect_interaction_answered() {
    discord.emit_interaction(interaction_guild, 2);
    ASSERT_TRUE(wait_until(
        [&] { return has_interaction() || !discord.statistics().callbacks.empty(); }, 3s))
        << "nobody has answered the interaction\n"
        << run.daemon().log();
    if (discord.statistics().callbacks.empty()) return;
    const auto callback = discord.statistics().callbacks.front();
    EXPECT_EQ(callback.callback_type, 5);
    EXPECT_LT(callback.status, 300U);
    EXPECT_LT(callback.age, discord_patience);
  }
  void expect_read_in_time(sim::fault_kind kind) {
    const auto before = discord.statistics().resumes_accepted;
    sim::fault fault;
    fault.kind = kind;
    fault.resumable = true;
    fault.shard = slow_shard;
    discord.inject(fault);
    // Discord asks for a pause of up to 5 s after op 9.
    EXPECT_TRUE(discord.wait_for(
        [&](const sim::statistics& now) { return now.resumes_accepted > before; }, 8s))
        << "unread: " << static_cast<int>(kind);
  }
  void expect_everything_delivered() {
    EXPECT_TRUE(wait_until([&] { return discord.registry()->missing().empty(); }, 30s))
        << discord.registry()->missing().size() << " are missing\n"
        << run.daemon().log();
  }
  void expect_heartbeats_kept() {
    EXPECT_EQ(discord.statistics().violation_count(sim::violation_kind::missed_heartbeat), 0U);
    EXPECT_EQ(discord.statistics().identifies_accepted, shards);
  }

  sim::simulator discord{impatient_discord()};
  sim::event_handler slow{{.registry = discord.registry()}};
  sim::event_handler fast{{.registry = discord.registry()}};
  succession run{discord, slow};
  numbered_events events{discord};
  std::uint64_t interaction_guild = 0;
};

TEST_F(slow_handler, holds_up_neither_another_url_nor_interactions) {
  start_with_backlog();
  expect_interaction_answered();
  expect_fast_url_at_full_rate();
  expect_heartbeats_kept();
  if (HasFailure()) return;
  slow.set_default_answer({});
  expect_everything_delivered();
  expect_flawless(slow);
  expect_flawless(fast);
}

TEST_F(slow_handler, does_not_keep_op_9_and_op_7_unread) {
  start_with_backlog();
  expect_read_in_time(sim::fault_kind::invalid_session);
  expect_read_in_time(sim::fault_kind::reconnect);
  expect_heartbeats_kept();
  if (HasFailure()) return;
  slow.set_default_answer({});
  expect_everything_delivered();
  expect_flawless(slow);
}

TEST_F(slow_handler, has_what_waits_on_disk) {
  start_with_backlog();
  EXPECT_TRUE(wait_until(
      [&] {
        return metric(run.daemon(), "gatehouse_spool_bytes") > 8e6 &&
               metric(run.daemon(), "gatehouse_handler_up") == 2;
      },
      10s))
      << metric(run.daemon(), "gatehouse_spool_bytes") << " bytes on disk\n"
      << run.daemon().log();
  if (HasFailure()) return;
  // So nothing of it depends on Discord's replay.
  run.stop();
  slow.set_default_answer({});
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  expect_everything_delivered();
  expect_flawless(slow);
  EXPECT_EQ(discord.statistics().identifies_accepted, shards);
}

/// Without a disk the gateway may be read more slowly or events be dropped, counted.
TEST_F(slow_handler, holds_up_nothing_without_a_disk_either) {
  run.config().add("queue", "spool_mb = 0");
  start_with_backlog();
  expect_interaction_answered();
  expect_fast_url_at_full_rate();
  expect_read_in_time(sim::fault_kind::invalid_session);
  expect_heartbeats_kept();
  if (HasFailure()) return;
  slow.set_default_answer({});
  EXPECT_TRUE(wait_until(
      [&] {
        return static_cast<double>(discord.registry()->missing().size()) ==
               metric(run.daemon(), "gatehouse_events_dropped_total");
      },
      15s))
      << discord.registry()->missing().size() << " are missing, "
      << metric(run.daemon(), "gatehouse_events_dropped_total") << " are counted as dropped";
  EXPECT_EQ(slow.statistics().out_of_order, 0U);
  expect_flawless(fast);
}

}  // namespace
}  // namespace gatehouse::test
