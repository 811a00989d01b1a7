#include "daemon_figures.hpp"
#include "numbered_events.hpp"
#include "succession.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

/// A handler that refuses everything is broken; one that refuses an event has its reasons.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 2;
constexpr std::size_t limit = 5;

struct refusing_handler : testing::Test {
  void start(std::size_t refused_limit) {
    run.config().add("handlers", "refused_limit = " + std::to_string(refused_limit));
    ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
    ASSERT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  }
  bool wait_until_taken() {
    return discord.wait_for([](const sim::statistics& now) { return now.flood_remaining == 0; },
                            30s);
  }
  [[nodiscard]] std::size_t letters() const {
    return lines_in(run.state().path() / "dead-letters.ndjson");
  }

  sim::simulator discord{quick_discord(shards)};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
};

TEST_F(refusing_handler, is_held_before_it_costs_more_than_the_limit) {
  start(limit);
  handler.set_default_answer({.status = 400});
  discord.flood(2'000);
  ASSERT_TRUE(wait_until_taken()) << run.daemon().log();
  EXPECT_TRUE(wait_until([&] { return metric(run.daemon(), "gatehouse_handler_up") == 0; }, 10s))
      << run.daemon().log();
  // Probed again and again meanwhile, each time refused.
  const auto refused = handler.statistics().refused_requests;
  EXPECT_TRUE(handler.wait_until(
      [&](const sim::handler_statistics& now) { return now.refused_requests >= refused + 3; },
      20s));
  EXPECT_LE(letters(), limit);
  EXPECT_NE(run.daemon().log().find("error ["), std::string::npos) << run.daemon().log();

  handler.set_default_answer({});
  EXPECT_TRUE(wait_until([&] { return discord.registry()->missing().size() == letters(); }, 60s))
      << discord.registry()->missing().size() << " missing, " << letters() << " dead letters\n"
      << run.daemon().log();
  EXPECT_LE(letters(), limit);
  EXPECT_EQ(handler.statistics().out_of_order, 0U);
  EXPECT_EQ(handler.statistics().repeated, 0U);
}

TEST_F(refusing_handler, is_believed_when_asked_for) {
  start(0);
  const auto before = discord.statistics().events;
  handler.set_default_answer({.status = 422});
  discord.flood(200);
  ASSERT_TRUE(wait_until_taken());
  const auto sent = discord.statistics().events - before;
  EXPECT_TRUE(wait_until([&] { return letters() == sent; }, 20s)) << run.daemon().log();
  EXPECT_EQ(metric(run.daemon(), "gatehouse_handler_up"), 1);
}

/// More of them than the limit, but good ones between.
TEST_F(refusing_handler, of_some_events_stays_up) {
  start(limit);
  handler.add_rule(
      {.answer = {.status = 400}, .times = 3 * limit, .event_type = "WEBHOOKS_UPDATE"});
  numbered_events events{discord};
  const auto guild = discord.guild_ids().front();
  for (std::size_t i = 0; i < 3 * limit; ++i) {
    events.send(guild, "WEBHOOKS_UPDATE", 10);
    events.send(guild, "MESSAGE_CREATE", 10);
  }
  EXPECT_TRUE(wait_until([&] { return discord.registry()->missing().size() == 3 * limit; }, 20s))
      << run.daemon().log();
  EXPECT_TRUE(wait_until([&] { return letters() == 3 * limit; }, 20s)) << run.daemon().log();
  EXPECT_EQ(count_in_log(run.daemon(), "is down"), 0U);
}

TEST_F(refusing_handler, of_a_large_event_gets_the_others) {
  start(limit);
  handler.add_rule({.answer = {.status = 413}, .times = 0, .event_type = "WEBHOOKS_UPDATE"});
  numbered_events events{discord};
  const auto guilds = discord.guild_ids();
  events.send_round(guilds, 500, 200);
  events.send(guilds.front(), "WEBHOOKS_UPDATE", 3'000'000);
  events.send_round(guilds, 500, 200);
  EXPECT_TRUE(wait_until([&] { return letters() == 1; }, 20s)) << run.daemon().log();
  EXPECT_TRUE(wait_until([&] { return discord.registry()->missing().size() == 1; }, 20s))
      << run.daemon().log();
  EXPECT_EQ(discord.registry()->missing().front().type, "WEBHOOKS_UPDATE");
  EXPECT_EQ(count_in_log(run.daemon(), "is down"), 0U);
  EXPECT_EQ(handler.statistics().out_of_order, 0U);
}

}  // namespace
}  // namespace gatehouse::test
