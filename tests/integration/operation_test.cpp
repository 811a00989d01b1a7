#include "daemon_process.hpp"
#include "setup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>

/// What an operator sees: exit codes, signals, health, start-up without Discord.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(exit_code, is_2_for_a_wrong_configuration_with_every_error_named) {
  daemon_process daemon{
      std::string{"[discord]\ntoken = \"t\"\n[handlers]\nurls = []\nspeed = 9\n"}};
  const auto end = daemon.wait_for_end(20s);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 2);
  EXPECT_THAT(daemon.log(), HasSubstr("discord.intents"));
  EXPECT_THAT(daemon.log(), HasSubstr("handlers.urls"));
  EXPECT_THAT(daemon.log(), HasSubstr(":5:1: handlers.speed"));
}

TEST(exit_code, is_2_for_a_missing_file) {
  daemon_process daemon{std::vector<std::string>{"run", "--config", "absent.toml"}};
  const auto end = daemon.wait_for_end(20s);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 2);
  EXPECT_THAT(daemon.log(), HasSubstr("absent.toml"));
}

TEST(exit_code, is_3_when_discord_does_not_know_the_token) {
  auto options = quick_discord(1);
  options.rest_authorization = "Bot another-token";
  sim::simulator discord{options};
  daemon_process daemon{config_text{discord, {"http://127.0.0.1:9/"}}.str()};
  const auto end = daemon.wait_for_end(20s);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 3) << daemon.log();
  EXPECT_THAT(daemon.log(), Not(HasSubstr("sim-token")));
}

struct refusal {
  std::string name;
  std::string line;
  int close_code;
};

void PrintTo(const refusal& shown, std::ostream* out) {
  *out << shown.name;
}

class fatal_close : public testing::TestWithParam<refusal> {};

TEST_P(fatal_close, ends_the_daemon_with_3) {
  auto options = quick_discord(2);
  options.allowed_intents = 513;
  sim::simulator discord{options};
  daemon_process daemon{config_text{discord, {"http://127.0.0.1:9/"}}
                            .add("discord", "intents = 513")
                            .add("discord", GetParam().line)
                            .str()};
  const auto end = daemon.wait_for_end(20s);
  ASSERT_TRUE(end) << daemon.log();
  EXPECT_EQ(end->exit_code, 3) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr(std::to_string(GetParam().close_code)));
}

INSTANTIATE_TEST_SUITE_P(codes, fatal_close,
                         testing::Values(refusal{"token", "token = \"wrong\"", 4004},
                                         refusal{"version", "api_version = 9", 4012},
                                         refusal{"intents", "intents = 515", 4014}),
                         [](const auto& chosen) { return chosen.param.name; });

TEST(exit_code, is_1_when_the_admin_address_is_taken) {
  sim::simulator discord{quick_discord(1)};
  const auto taken = std::to_string(discord.rest_port());
  daemon_process daemon{config_text{discord, {"http://127.0.0.1:9/"}}
                            .add("admin", "listen = \"127.0.0.1:" + taken + '"')
                            .str()};
  const auto end = daemon.wait_for_end(20s);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 1);
  EXPECT_THAT(daemon.log(), HasSubstr("127.0.0.1:" + taken));
}

TEST(readiness, follows_the_shards) {
  sim::simulator discord{quick_discord(2)};
  sim::event_handler handler;
  discord.set_gateway_listening(false);
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  const auto port = daemon.admin_port();
  ASSERT_NE(port, 0) << daemon.log();
  EXPECT_EQ(http_get(port, "/healthz").status, 200);
  EXPECT_TRUE(wait_until(
      [&] { return http_get(port, "/readyz").body.find("2 of 2 shards") != std::string::npos; },
      20s));
  EXPECT_EQ(http_get(port, "/readyz").status, 503);
  discord.set_gateway_listening(true);
  EXPECT_TRUE(wait_until([&] { return http_get(port, "/readyz").status == 200; }, 30s))
      << daemon.log();
  EXPECT_EQ(http_get(port, "/shards-of-glass").status, 404);
}

TEST(start, waits_for_the_rest_proxy_while_the_admin_port_answers) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler;
  discord.set_rest_listening(false);
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  const auto port = daemon.admin_port();
  ASSERT_NE(port, 0) << daemon.log();
  EXPECT_TRUE(wait_until(
      [&] { return http_get(port, "/readyz").body.find("/gateway/bot") != std::string::npos; },
      20s));
  discord.set_rest_listening(true);
  EXPECT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
}

TEST(start, honours_retry_after_and_survives_server_errors) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler;
  discord.inject(sim::rest_fault{.status = 502});
  discord.inject(sim::rest_fault{.status = 429, .retry_after_seconds = 0.5});
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  EXPECT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  EXPECT_EQ(discord.statistics().gateway_bot_requests, 3U);
}

TEST(start, holds_only_its_range_of_the_shards) {
  sim::simulator discord{quick_discord(8)};
  sim::event_handler handler;
  daemon_process daemon{config_text{discord, {handler.url()}}
                            .add("gateway", "first_shard_id = 2")
                            .add("gateway", "last_shard_id = 4")
                            .str()};
  ASSERT_TRUE(daemon.wait_for_log("all 3 shards are connected")) << daemon.log();
  for (const auto& identify : discord.statistics().identifies) {
    EXPECT_EQ(identify.shard_count, 8U);
    EXPECT_GE(identify.shard_id, 2U);
    EXPECT_LE(identify.shard_id, 4U);
  }
}

TEST(start, waits_when_the_session_start_limit_is_used_up) {
  auto options = quick_discord(2);
  options.session_starts_reset_after = 3s;
  sim::simulator discord{options};
  sim::event_handler handler;
  discord.set_session_starts_remaining(1);
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  ASSERT_TRUE(daemon.wait_for_log("session start limit is used up")) << daemon.log();
  discord.set_session_starts_remaining(1'000);
  EXPECT_TRUE(wait_for_start(daemon, 2)) << daemon.log();
  EXPECT_EQ(discord.statistics().violation_count(sim::violation_kind::session_start_limit), 0U);
}

TEST(stop, is_prompt_although_the_handler_hangs) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler;
  handler.set_default_answer({.fate = sim::answer_fate::hang});
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  ASSERT_TRUE(handler.wait_until([](const auto& got) { return got.connections > 0; }, 20s));
  const auto end = daemon.stop(20s);
  ASSERT_TRUE(end) << daemon.log();
  EXPECT_EQ(end->exit_code, 0) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr("undelivered"));
}

TEST(stop, is_prompt_while_rest_hangs) {
  sim::simulator discord{quick_discord(1)};
  discord.inject(sim::rest_fault{.kind = sim::rest_fault_kind::hang, .times = 100});
  daemon_process daemon{config_text{discord, {"http://127.0.0.1:9/"}}.str()};
  ASSERT_TRUE(discord.wait_for(
      [](const sim::statistics& now) { return now.gateway_bot_requests > 0; }, 20s));
  const auto end = daemon.stop(10s);
  ASSERT_TRUE(end) << daemon.log();
  EXPECT_EQ(end->exit_code, 0) << daemon.log();
}

TEST(signals, reload_the_log_level_or_nothing) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler;
  config_text config{discord, {handler.url()}};
  daemon_process daemon{config.str()};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();

  static_cast<void>(daemon.folder().write("gatehouse.toml", "[log]\nlevel = \"loud\"\n"));
  daemon.send_signal(SIGHUP);
  EXPECT_TRUE(daemon.wait_for_log("nothing changed, revision 1 stays in force")) << daemon.log();

  static_cast<void>(daemon.folder().write(
      "gatehouse.toml",
      config.add("log", "level = \"info\"").add("rest", "timeout_ms = 500").str()));
  daemon.send_signal(SIGHUP);
  EXPECT_TRUE(daemon.wait_for_log("revision 2")) << daemon.log();
  EXPECT_TRUE(daemon.wait_for_log("only a restart brings into effect: rest.timeout_ms"));
  EXPECT_EQ(discord.statistics().identifies_accepted, 1U) << "no shard was dropped";
}

TEST(signals, reopen_the_log_file) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler;
  daemon_process daemon{
      config_text{discord, {handler.url()}}.add("log", "file = \"gatehouse.log\"").str()};
  ASSERT_TRUE(wait_for_sessions(discord, 1)) << daemon.log();
  const auto file = daemon.folder().path() / "gatehouse.log";
  const auto rotated = daemon.folder().path() / "gatehouse.log.1";
  ASSERT_TRUE(wait_until([&] { return !read_file(file).empty(); }, 20s));
  std::filesystem::rename(file, rotated);
  daemon.send_signal(SIGUSR1);
  ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(file); }, 20s));
  ASSERT_TRUE(daemon.stop());
  EXPECT_THAT(read_file(file), HasSubstr("stopped"));
  EXPECT_THAT(read_file(rotated), HasSubstr("starts"));
}

TEST(signals, a_second_one_leaves_at_once) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler;
  handler.set_default_answer({.fate = sim::answer_fate::hang});
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  ASSERT_TRUE(handler.wait_until([](const auto& got) { return got.connections > 0; }, 20s));
  daemon.send_signal(SIGTERM);
  ASSERT_TRUE(daemon.wait_for_log("stopping")) << daemon.log();
  daemon.send_signal(SIGINT);
  const auto end = daemon.wait_for_end(10s);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 1);
}

TEST(log, is_one_json_object_a_line_when_asked_for) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler;
  daemon_process daemon{
      config_text{discord, {handler.url()}}.add("log", "format = \"json\"").str()};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  ASSERT_TRUE(daemon.stop());
  std::istringstream lines{daemon.log()};
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_EQ(line.front(), '{') << line;
    EXPECT_EQ(line.back(), '}') << line;
    EXPECT_THAT(line, HasSubstr("\"level\":"));
  }
  EXPECT_GT(count, 3);
}

}  // namespace
}  // namespace gatehouse::test
