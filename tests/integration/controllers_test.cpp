#include "daemon_process.hpp"
#include "setup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

/// Libraries that decide in the daemon's place, and such that it does not load.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

std::string library(const std::string& name) {
  return std::string{GATEHOUSE_TEST_CONTROLLERS} + "/controllers_" + name + ".so";
}

std::string libraries_line(const std::string& path) {
  return "libraries = [\"" + path + "\"]";
}

sim::sim_options two_shards() {
  auto options = quick_discord(2);
  options.heartbeat_interval = 20s;
  return options;
}

/// A daemon of two workers with the sample library, which docs/examples/controllers describes.
struct sample_library : testing::Test {
  void SetUp() override { ASSERT_TRUE(wait_for_start(daemon, 2)) << daemon.log(); }

  std::size_t count(const sim::event_handler& at, std::string_view type) {
    const auto by_type = at.statistics().by_type;
    const auto found = by_type.find(type);
    return found == by_type.end() ? 0 : found->second;
  }
  bool wait_for_event(const sim::event_handler& at, std::string_view type) {
    return at.wait_until([&](const auto& now) { return now.by_type.contains(type); }, 20s);
  }
  std::string message_of(const sim::event_handler& at, std::string_view type) {
    const auto events = at.events();
    const auto found = std::find_if(events.begin(), events.end(),
                                    [&](const auto& each) { return each.type == type; });
    return found == events.end() ? "" : found->message;
  }

  sim::simulator discord{two_shards()};
  sim::event_handler handler{{.keep_events = 1'000}};
  sim::event_handler urgent{{.keep_events = 1'000}};
  daemon_process daemon{
      config_text{discord, {handler.url()}}
          .add("events", "route = [{ events = [\"NEVER\"], urls = [\"" + urgent.url() + "\"] }]")
          .add("gateway", "total_workers = 2")
          .add("gateway", "shards_per_worker = 2")
          .add("interactions", "defer = true")
          .add("controllers", libraries_line(library("sample")))
          .str()};
};

TEST_F(sample_library, drops_rewrites_and_reroutes_payloads) {
  discord.emit_raw(0, "TYPING_START", "{}");
  discord.emit_raw(0, "SAMPLE_SECRET", R"({"secret":"open"})");
  discord.emit_raw(0, "SAMPLE_URGENT", R"({"to":")" + urgent.url() + R"("})");
  discord.emit_raw(0, "SAMPLE_URGENT", R"({"to":"http://nowhere"})");
  ASSERT_TRUE(wait_for_event(handler, "SAMPLE_SECRET")) << daemon.log();
  ASSERT_TRUE(wait_for_event(urgent, "SAMPLE_URGENT")) << daemon.log();
  ASSERT_TRUE(wait_for_event(handler, "SAMPLE_URGENT")) << "what cannot be done is not done";
  EXPECT_THAT(message_of(handler, "SAMPLE_SECRET"), HasSubstr(R"({"secret":"masked"})"));
  EXPECT_EQ(count(handler, "TYPING_START"), 0U);
  EXPECT_EQ(count(urgent, "SAMPLE_URGENT"), 1U);
  EXPECT_EQ(urgent.statistics().events, 1U);
  EXPECT_TRUE(daemon.wait_for_log("handle_payload of " + library("sample") + " failed"));
  EXPECT_THAT(http_get(daemon.admin_port(), "/metrics").body,
              HasSubstr(R"(gatehouse_controller_failures_total{hook="handle_payload",library=")" +
                        library("sample") + "\"} 1\n"));
}

TEST_F(sample_library, chooses_the_workers) {
  // The configuration would have both on worker 0.
  EXPECT_TRUE(wait_until(
      [&] {
        const auto metrics = http_get(daemon.admin_port(), "/metrics").body;
        return metrics.find(R"(gatehouse_handler_delivered_total{worker="0")") !=
                   std::string::npos &&
               metrics.find(R"(gatehouse_handler_delivered_total{worker="1")") != std::string::npos;
      },
      20s));
}

TEST_F(sample_library, gives_each_shard_a_presence) {
  for (const auto& each : discord.statistics().identifies) {
    EXPECT_THAT(each.presence, HasSubstr("shard " + std::to_string(each.shard_id) + "\""));
  }
}

TEST_F(sample_library, beats_faster) {
  // Two intervals after its first heartbeat, 40 s, a shard would have sent three without it.
  EXPECT_TRUE(discord.wait_for(
      [](const sim::statistics& now) {
        return std::any_of(now.sessions.begin(), now.sessions.end(),
                           [](const auto& each) { return each.heartbeats >= 3; });
      },
      30s));
  EXPECT_THAT(discord.statistics().violations, testing::IsEmpty());
}

TEST_F(sample_library, answers_interactions_its_own_way) {
  handler.stop_listening();
  discord.emit(discord.guild_ids().front(), "MESSAGE_CREATE");
  ASSERT_TRUE(daemon.wait_for_log("is down"));
  const auto guild = discord.guild_ids().front();
  discord.emit_interaction(guild, 2);
  ASSERT_TRUE(discord.wait_for([](const auto& now) { return now.callbacks.size() == 1; }, 20s))
      << daemon.log();
  const auto answer = discord.statistics().callbacks.front();
  EXPECT_EQ(answer.callback_type, 4);
  EXPECT_THAT(answer.body, HasSubstr("Closed for today"));

  handler.start_listening();
  discord.emit_to_guild(guild, "TEST_END", "{}");
  ASSERT_TRUE(wait_for_event(handler, "TEST_END")) << daemon.log();
  EXPECT_EQ(count(handler, "INTERACTION_CREATE"), 0U);
}

TEST(controllers, hooks_that_fail_are_named_and_the_daemon_decides) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler{{.registry = discord.registry()}};
  daemon_process daemon{config_text{discord, {handler.url()}}
                            .add("controllers", libraries_line(library("throws_in_hooks")))
                            .str()};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  ASSERT_TRUE(handler.wait_until([](const auto& got) { return got.events > 8; }, 20s));
  expect_flawless(handler);
  const auto log = daemon.log();
  EXPECT_THAT(log, HasSubstr("handle_payload of " + library("throws_in_hooks") + " failed"));
  EXPECT_THAT(log, HasSubstr("no idea"));
  EXPECT_THAT(log, HasSubstr("shard 0 cannot be on worker 1000"));
  EXPECT_THAT(http_get(daemon.admin_port(), "/metrics").body,
              Not(HasSubstr("hook=\"handle_payload\",library=\"" + library("throws_in_hooks") +
                            "\"} 0\n")));
}

struct refused_library {
  std::string name;
  std::string reason;
};

void PrintTo(const refused_library& shown, std::ostream* out) {
  *out << shown.name;
}

class unusable_library : public testing::TestWithParam<refused_library> {};

TEST_P(unusable_library, ends_the_start_with_1_and_is_named) {
  sim::simulator discord{quick_discord(1)};
  daemon_process daemon{config_text{discord, {"http://127.0.0.1:9/"}}
                            .add("controllers", libraries_line(library(GetParam().name)))
                            .str()};
  const auto end = daemon.wait_for_end(20s);
  ASSERT_TRUE(end) << daemon.log();
  EXPECT_EQ(end->exit_code, 1) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr(library(GetParam().name)));
  EXPECT_THAT(daemon.log(), HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    reasons, unusable_library,
    testing::Values(refused_library{"missing", "cannot open shared object file"},
                    refused_library{"no_abi", "it has no gatehouse_controllers_abi"},
                    refused_library{"wrong_abi", "it was built for controllers ABI 999"},
                    refused_library{"throws_at_start", "threw: nothing to decide"}),
    [](const auto& chosen) { return chosen.param.name; });

}  // namespace
}  // namespace gatehouse::test
