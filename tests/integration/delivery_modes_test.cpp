#include "daemon_process.hpp"
#include "setup.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

/// Every way of handing events over, and handlers that fail in every way.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 4;
constexpr std::uint64_t events = 10'000;

struct mode {
  std::string name;
  std::vector<std::string> handler_lines;
};

void PrintTo(const mode& shown, std::ostream* out) {
  *out << shown.name;
}

class delivery_mode : public testing::TestWithParam<mode> {
 protected:
  config_text configured(const sim::simulator& discord, const sim::event_handler& handler) {
    config_text config{discord, {handler.url()}};
    for (const auto& line : GetParam().handler_lines) config.add("handlers", line);
    return config;
  }
};

TEST_P(delivery_mode, delivers_everything_once_and_in_order) {
  sim::simulator discord{quick_discord(shards)};
  sim::event_handler handler{{.registry = discord.registry()}};
  daemon_process daemon{configured(discord, handler).str()};
  ASSERT_TRUE(wait_for_start(daemon, shards)) << daemon.log();
  discord.flood(events);
  ASSERT_TRUE(wait_for_everything(discord)) << daemon.log();
  expect_flawless(handler);
}

TEST_P(delivery_mode, loses_nothing_while_the_handler_is_away) {
  sim::simulator discord{quick_discord(shards)};
  sim::event_handler handler{{.registry = discord.registry()}};
  daemon_process daemon{configured(discord, handler).str()};
  ASSERT_TRUE(wait_for_start(daemon, shards)) << daemon.log();
  discord.set_rate(5'000);
  const auto some = handler.statistics().events + 1'000;
  ASSERT_TRUE(handler.wait_until([&](const auto& got) { return got.events > some; }, 20s));
  handler.stop_listening();
  const auto sent = discord.statistics().events;
  ASSERT_TRUE(
      discord.wait_for([&](const sim::statistics& now) { return now.events > sent + 5'000; }, 30s));
  EXPECT_TRUE(daemon.wait_for_log("is down")) << daemon.log();
  handler.start_listening();
  ASSERT_TRUE(daemon.wait_for_log("is up again")) << daemon.log();
  discord.set_rate(0);
  ASSERT_TRUE(wait_for_everything(discord)) << daemon.log();
  // A request whose connection was reset may have been answered: it repeats, in its place.
  const auto got = handler.statistics();
  EXPECT_EQ(got.gaps, 0U);
  EXPECT_EQ(got.altered + got.unknown + got.malformed_requests, 0U);
}

INSTANTIATE_TEST_SUITE_P(modes, delivery_mode,
                         testing::Values(mode{"single", {}},
                                         mode{"by_shard", {"ordering = \"shard\""}},
                                         mode{"batched", {"batch_max_events = 64"}},
                                         mode{"pipelined", {"pipeline_depth = 16"}},
                                         mode{"narrow", {"max_in_flight = 1"}}),
                         [](const auto& chosen) { return chosen.param.name; });

struct bad_answer {
  std::string name;
  sim::handler_answer answer;
  std::uint32_t times;
};

void PrintTo(const bad_answer& shown, std::ostream* out) {
  *out << shown.name;
}

class failing_handler : public testing::TestWithParam<bad_answer> {};

TEST_P(failing_handler, gets_every_event_again_in_order) {
  sim::simulator discord{quick_discord(shards)};
  sim::event_handler handler{{.registry = discord.registry()}};
  daemon_process daemon{
      config_text{discord, {handler.url()}}.add("handlers", "timeout_ms = 500").str()};
  ASSERT_TRUE(wait_for_start(daemon, shards)) << daemon.log();
  discord.flood(20'000);
  ASSERT_TRUE(handler.wait_until([](const auto& got) { return got.events > 2'000; }, 60s));
  handler.add_rule({.answer = GetParam().answer, .times = GetParam().times});
  ASSERT_TRUE(wait_for_everything(discord)) << daemon.log();
  expect_flawless(handler);
  EXPECT_GE(handler.statistics().refused_requests, GetParam().times);
}

INSTANTIATE_TEST_SUITE_P(answers, failing_handler,
                         testing::Values(bad_answer{"status_500", {.status = 500}, 20},
                                         bad_answer{"status_503", {.status = 503}, 3},
                                         bad_answer{"status_429_with_retry_after",
                                                    {.status = 429, .retry_after = "1"},
                                                    1},
                                         bad_answer{"status_401", {.status = 401}, 3},
                                         bad_answer{"status_404", {.status = 404}, 3},
                                         bad_answer{"reset", {.fate = sim::answer_fate::reset}, 5},
                                         bad_answer{"cut", {.fate = sim::answer_fate::cut}, 5},
                                         bad_answer{"hang", {.fate = sim::answer_fate::hang}, 3}),
                         [](const auto& chosen) { return chosen.param.name; });

TEST(refused_event, does_not_take_others_along) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler{{.registry = discord.registry()}};
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  ASSERT_TRUE(wait_for_everything(discord)) << daemon.log();
  handler.add_rule({.answer = {.status = 413}, .times = 1, .event_type = "MESSAGE_CREATE"});
  discord.flood(1'000);
  ASSERT_TRUE(wait_until([&] { return discord.registry()->missing().size() == 1; }, 30s));
  EXPECT_EQ(discord.registry()->missing().front().type, "MESSAGE_CREATE");
  EXPECT_TRUE(daemon.wait_for_log("refused MESSAGE_CREATE")) << daemon.log();
}

TEST(dead_url, does_not_hold_up_the_other) {
  sim::simulator discord{quick_discord(2)};
  sim::event_handler dead;
  sim::event_handler live{{.registry = discord.registry()}};
  dead.stop_listening();
  daemon_process daemon{config_text{discord, {dead.url(), live.url()}}.str()};
  ASSERT_TRUE(wait_for_start(daemon, 2)) << daemon.log();
  discord.flood(2'000);
  const auto sent_to_shard_1 = [&] {
    for (const auto& session : discord.statistics().sessions) {
      if (session.shard_id == 1) return session.events;
    }
    return std::uint64_t{0};
  };
  ASSERT_TRUE(
      discord.wait_for([](const sim::statistics& now) { return now.flood_remaining == 0; }, 30s));
  EXPECT_TRUE(
      live.wait_until([&](const auto& got) { return got.events == sent_to_shard_1(); }, 30s))
      << daemon.log();
  dead.start_listening();
  EXPECT_TRUE(dead.wait_until(
      [&](const auto& got) {
        return got.events == discord.statistics().events - sent_to_shard_1();
      },
      30s))
      << daemon.log();
}

TEST(queue_bound, sheds_and_counts_instead_of_growing) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler;
  handler.stop_listening();
  daemon_process daemon{config_text{discord, {handler.url()}}
                            .add("queue", "memory_mb = 1")
                            .add("queue", "spool_mb = 0")
                            .str()};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  discord.flood(20'000);
  ASSERT_TRUE(
      discord.wait_for([](const sim::statistics& now) { return now.flood_remaining == 0; }, 60s))
      << daemon.log();
  EXPECT_TRUE(daemon.wait_for_log("queue.memory_mb is used up")) << daemon.log();
  handler.start_listening();
  // The newest are kept: READY, which nothing may displace, and what fits beside it.
  EXPECT_TRUE(handler.wait_until([](const auto& got) { return got.events > 200; }, 30s));
  EXPECT_EQ(handler.statistics().out_of_order, 0U);
  EXPECT_EQ(handler.statistics().by_type.count("READY"), 1U);
}

TEST(headers, carry_secret_event_id_attempt_and_signature) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler{{.authorization = "handler-secret", .keep_events = 100}};
  daemon_process daemon{config_text{discord, {handler.url()}}
                            .add("handlers", "authorization = \"handler-secret\"")
                            .add("handlers", "signing_secret = \"signing-key\"")
                            .add("handlers", "envelope = \"payload\"")
                            .str()};
  ASSERT_TRUE(handler.wait_until([](const auto& got) { return got.events > 0; }, 20s))
      << daemon.log();
  const auto first = handler.events().front();
  EXPECT_EQ(first.type, "READY");
  EXPECT_EQ(first.event_id, discord.statistics().sessions.front().session_id + ":1");
  EXPECT_EQ(first.attempt, 1U);
  EXPECT_EQ(first.signature.substr(0, 2), "t=");
  EXPECT_EQ(daemon.log().find("handler-secret"), std::string::npos);
  EXPECT_EQ(daemon.log().find("signing-key"), std::string::npos);
  EXPECT_EQ(daemon.log().find("sim-token"), std::string::npos);
}

TEST(transport, reaches_https_handlers) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler{{.tls = true, .registry = discord.registry()}};
  temporary_folder folder;
  const auto ca = folder.write("handler-ca.pem", handler.ca_pem());
  daemon_process daemon{
      config_text{discord, {handler.url()}}.add("handlers", "ca_file = \"" + ca + '"').str()};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  discord.flood(1'000);
  EXPECT_TRUE(wait_for_everything(discord)) << daemon.log();
  expect_flawless(handler);
}

TEST(transport, reaches_handlers_on_unix_sockets) {
  sim::simulator discord{quick_discord(1)};
  temporary_folder folder;
  sim::event_handler handler{
      {.unix_path = (folder.path() / "handler.sock").string(), .registry = discord.registry()}};
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  discord.flood(1'000);
  EXPECT_TRUE(wait_for_everything(discord)) << daemon.log();
  expect_flawless(handler);
}

TEST(filters, decide_by_event_name) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler;
  daemon_process daemon{config_text{discord, {handler.url()}}
                            .add("events", "only = [\"READY\", \"MESSAGE_CREATE\"]")
                            .str()};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  const auto guild = discord.guild_ids().front();
  for (const char* type : {"MESSAGE_UPDATE", "TYPING_START", "MESSAGE_CREATE"}) {
    discord.emit(guild, type);
  }
  EXPECT_TRUE(handler.wait_until([](const auto& got) { return got.events == 2; }, 20s));
  const auto types = handler.statistics().by_type;
  EXPECT_EQ(types.size(), 2U);
  EXPECT_EQ(types.count("MESSAGE_CREATE"), 1U);
}

TEST(routes, send_chosen_events_to_other_handlers) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler;
  sim::event_handler interactions;
  daemon_process daemon{config_text{discord, {handler.url()}}
                            .add("[events.route]", "events = [\"INTERACTION_CREATE\"]")
                            .add("[events.route]", "urls = [\"" + interactions.url() + "\"]")
                            .str()};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  discord.emit_interaction(discord.guild_ids().front(), 2);
  EXPECT_TRUE(interactions.wait_until([](const auto& got) { return got.events == 1; }, 20s));
  EXPECT_EQ(handler.statistics().by_type.count("INTERACTION_CREATE"), 0U);
}

}  // namespace
}  // namespace gatehouse::test
