#include "hostile_server.hpp"
#include "numbered_events.hpp"
#include "succession.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

/// TERM while something hangs: it ends in time, and what is undelivered is on disk.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 2;
constexpr std::size_t backlog = 600;

struct stop_in_trouble : testing::Test {
  /// A Discord that could not replay what the disk does not have.
  static sim::sim_options forgetful_discord() {
    auto options = quick_discord(shards);
    options.replay_events = 1;
    return options;
  }
  void start(const std::string& url) {
    run.config().add("handlers", "urls = [\"" + url + "\"]");
    ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  }
  void send_backlog() {
    events.send_round(discord.guild_ids(), backlog, 300);
    wait_until_read();
  }
  /// What the daemon has not read stays with Discord.
  void wait_until_read() {
    ASSERT_TRUE(wait_until(
        [&] {
          const auto read = http_get(run.daemon().admin_port(), "/shards").body;
          return read.find(last_seq(0)) != std::string::npos &&
                 read.find(last_seq(1)) != std::string::npos;
        },
        10s))
        << http_get(run.daemon().admin_port(), "/shards").body;
  }
  /// As GET /shards has it.
  std::string last_seq(std::uint32_t shard) {
    for (const auto& session : discord.statistics().sessions) {
      if (session.shard_id == shard) return "\"seq\":" + std::to_string(session.seq) + ',';
    }
    return "no session";
  }
  void expect_all_after_next_start() {
    handler.set_default_answer({});
    handler.clear_rules();
    start(handler.url());
    EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
    expect_flawless(handler);
    EXPECT_EQ(discord.statistics().identifies_accepted, shards);
  }

  sim::simulator discord{forgetful_discord()};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  numbered_events events{discord};
};

TEST_F(stop_in_trouble, with_a_handler_that_hangs) {
  start(handler.url());
  ASSERT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  handler.set_default_answer({.fate = sim::answer_fate::hang});
  send_backlog();
  run.stop();
  EXPECT_EQ(discord.statistics().client_closes[4000], shards) << "it keeps the sessions";
  expect_all_after_next_start();
}

TEST_F(stop_in_trouble, with_a_dial_that_nobody_answers) {
  const black_hole nowhere;
  start(nowhere.url());
  send_backlog();
  run.stop();
  expect_all_after_next_start();
}

TEST_F(stop_in_trouble, with_answers_to_interactions_under_way) {
  run.config().add("interactions", "defer = true");
  start(handler.url());
  ASSERT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  handler.stop_listening();
  discord.inject(sim::rest_fault{
      .kind = sim::rest_fault_kind::hang, .route = sim::rest_route::callback, .times = 1'000});
  auto guilds = discord.guild_ids();
  for (int i = 0; i < 20; ++i) discord.emit_interaction(guilds.back(), 2);
  wait_until_read();
  run.stop();
  handler.start_listening();
  discord.clear_faults();
  expect_all_after_next_start();
}

}  // namespace
}  // namespace gatehouse::test
