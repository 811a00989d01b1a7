#include "succession.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>

/// Interactions whose handler does not answer: every row of the contract, with its timing as the
/// simulated Discord saw it.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr int command = 2;
constexpr int component = 3;
constexpr int autocomplete = 4;
constexpr int modal = 5;

/// Discord's own limit (discord-api-docs: Receiving and Responding).
constexpr auto discord_patience = 3'000ms;

struct interaction_fixture : testing::Test {
  interaction_fixture() { run.config().add("interactions", "defer = true"); }

  void start() {
    ASSERT_TRUE(wait_for_start(run.start(), 1)) << run.daemon().log();
    ASSERT_TRUE(wait_for_everything(discord));
  }
  /// The handler has refused a connection or a request since.
  void wait_until_down() { ASSERT_TRUE(run.daemon().wait_for_log("is down")); }
  void emit_event() { discord.emit(guild(), "MESSAGE_CREATE"); }
  [[nodiscard]] std::uint64_t guild(std::size_t index = 0) { return discord.guild_ids()[index]; }
  bool wait_for_callbacks(std::size_t count) {
    return discord.wait_for(
        [&](const sim::statistics& now) { return now.callbacks.size() >= count; }, 20s);
  }
  std::map<int, sim::callback_record> callbacks_by_type() {
    std::map<int, sim::callback_record> by_type;
    for (const auto& each : discord.statistics().callbacks) by_type[each.interaction_type] = each;
    return by_type;
  }
  /// What the handler got as INTERACTION_CREATE, by their deferred mark.
  std::map<std::string, int> deferred_marks() {
    std::map<std::string, int> marks;
    for (const auto& event : handler.events()) {
      if (event.type == "INTERACTION_CREATE") ++marks[event.deferred];
    }
    return marks;
  }
  void expect_no_token_in_log(const sim::sent_interaction& sent) {
    EXPECT_EQ(run.daemon().log().find(sent.token), std::string::npos);
  }

  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler{{.registry = discord.registry(), .keep_events = 10'000}};
  succession run{discord, handler};
};

TEST_F(interaction_fixture, each_type_is_answered_as_it_needs_while_the_handler_is_down) {
  run.config()
      .add("interactions", "message = \"Back soon, see {invite}\"")
      .add("interactions", "invite_code = \"abc\"");
  start();
  handler.stop_listening();
  emit_event();
  wait_until_down();
  for (const int type : {command, component, autocomplete, modal}) {
    expect_no_token_in_log(discord.emit_interaction(guild(), type));
  }
  ASSERT_TRUE(wait_for_callbacks(4)) << run.daemon().log();
  const auto answers = callbacks_by_type();
  EXPECT_EQ(answers.at(command).callback_type, 5);
  EXPECT_EQ(answers.at(component).callback_type, 6);
  EXPECT_EQ(answers.at(autocomplete).callback_type, 8);
  EXPECT_NE(answers.at(autocomplete).body.find("\"unavailable\""), std::string::npos);
  EXPECT_NE(answers.at(autocomplete).body.find("Back soon, see abc"), std::string::npos);
  EXPECT_EQ(answers.at(modal).callback_type, 4);
  EXPECT_NE(answers.at(modal).body.find("Back soon, see abc"), std::string::npos);
  for (const auto& [type, each] : answers) {
    EXPECT_LT(each.status, 300U);
    EXPECT_LT(each.age, discord_patience) << "type " << type;
  }

  handler.start_listening();
  ASSERT_TRUE(handler.wait_until(
      [](const sim::handler_statistics& now) {
        const auto got = now.by_type.find("INTERACTION_CREATE");
        return got != now.by_type.end() && got->second == 2;
      },
      20s))
      << run.daemon().log();
  EXPECT_EQ(deferred_marks(), (std::map<std::string, int>{{"5", 1}, {"6", 1}}));
}

TEST_F(interaction_fixture, is_answered_when_its_handler_is_silent) {
  start();
  handler.add_rule(
      {.answer = {.fate = sim::answer_fate::hang}, .event_type = "INTERACTION_CREATE"});
  expect_no_token_in_log(discord.emit_interaction(guild(), command));
  ASSERT_TRUE(wait_for_callbacks(1)) << run.daemon().log();
  const auto answer = callbacks_by_type().at(command);
  EXPECT_EQ(answer.callback_type, 5);
  EXPECT_GE(answer.age, 1'900ms) << "the handler has its time first";
  EXPECT_LT(answer.age, discord_patience);
}

TEST_F(interaction_fixture, is_answered_when_its_lane_waits) {
  start();
  handler.add_rule({.answer = {.fate = sim::answer_fate::hang}, .event_type = "MESSAGE_CREATE"});
  emit_event();
  discord.emit_interaction(guild(), component);
  ASSERT_TRUE(wait_for_callbacks(1)) << run.daemon().log();
  const auto answer = callbacks_by_type().at(component);
  EXPECT_EQ(answer.callback_type, 6);
  EXPECT_LT(answer.age, discord_patience);
}

TEST_F(interaction_fixture, is_left_to_a_handler_that_works) {
  start();
  for (std::size_t i = 0; i < 50; ++i) discord.emit_interaction(guild(i % 8), command);
  ASSERT_TRUE(wait_for_everything(discord));
  EXPECT_EQ(discord.statistics().callbacks.size(), 0U);
  EXPECT_EQ(deferred_marks(), (std::map<std::string, int>{{"", 50}}));
}

TEST_F(interaction_fixture, is_queued_although_its_callback_fails) {
  start();
  handler.stop_listening();
  emit_event();
  wait_until_down();
  discord.inject(sim::rest_fault{.kind = sim::rest_fault_kind::status,
                                 .route = sim::rest_route::callback,
                                 .times = 100,
                                 .status = 403});
  discord.emit_interaction(guild(), command);
  ASSERT_TRUE(run.daemon().wait_for_log("403")) << run.daemon().log();
  handler.start_listening();
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  EXPECT_EQ(deferred_marks(), (std::map<std::string, int>{{"", 1}}));
}

TEST_F(interaction_fixture, the_mark_outlives_the_daemon) {
  start();
  handler.stop_listening();
  emit_event();
  wait_until_down();
  discord.emit_interaction(guild(), command);
  ASSERT_TRUE(wait_for_callbacks(1));
  run.stop();
  ASSERT_TRUE(wait_for_start(run.start(), 1));
  handler.start_listening();
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  EXPECT_EQ(deferred_marks(), (std::map<std::string, int>{{"5", 1}}));
  EXPECT_EQ(discord.statistics().callbacks.size(), 1U);
}

class interaction_burst : public testing::TestWithParam<bool> {};

/// 500 at once, and a REST proxy that takes 200 ms a call.
TEST_P(interaction_burst, is_answered_in_time) {
  const bool is_down = GetParam();
  constexpr std::size_t burst = 500;
  auto options = quick_discord(2);
  options.callback_latency = 200ms;
  sim::simulator discord{options};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  run.config().add("interactions", "defer = true").add("handlers", "max_in_flight = 1000");
  ASSERT_TRUE(wait_for_start(run.start(), 2)) << run.daemon().log();
  ASSERT_TRUE(wait_for_everything(discord));
  const auto guilds = discord.guild_ids();
  if (is_down) {
    handler.stop_listening();
  } else {
    handler.set_default_answer({.fate = sim::answer_fate::hang});
  }
  for (std::size_t i = 0; i < burst; ++i) discord.emit_interaction(guilds[i % guilds.size()], 2);
  ASSERT_TRUE(discord.wait_for(
      [](const sim::statistics& now) { return now.callbacks.size() >= burst; }, 20s))
      << run.daemon().log();
  const auto seen = discord.statistics();
  for (const auto& each : seen.callbacks) {
    EXPECT_LT(each.age, discord_patience);
    EXPECT_LT(each.status, 300U);
  }
  EXPECT_EQ(seen.violation_count(sim::violation_kind::callback), 0U);
}

INSTANTIATE_TEST_SUITE_P(handler, interaction_burst, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "down" : "silent"; });

}  // namespace
}  // namespace gatehouse::test
