#include "daemon_process.hpp"
#include "setup.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

/// What Discord and networks do to live connections, and what the daemon makes of it.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 4;
constexpr double events_per_second = 2'000;

enum class cure { resume, identify };

struct fault_case {
  std::string name;
  sim::fault fault;
  cure expected;
};

void PrintTo(const fault_case& shown, std::ostream* out) {
  *out << shown.name;
}

class live_fault : public testing::TestWithParam<fault_case> {};

TEST_P(live_fault, costs_no_event_and_no_needless_identify) {
  auto options = quick_discord(shards);
  options.heartbeat_interval = 400ms;
  sim::simulator discord{options};
  sim::event_handler handler{{.registry = discord.registry()}};
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  ASSERT_TRUE(wait_for_start(daemon, shards)) << daemon.log();
  discord.set_rate(events_per_second);
  const auto some = handler.statistics().events + 500;
  ASSERT_TRUE(handler.wait_until([&](const auto& got) { return got.events > some; }, 20s));

  sim::fault fault = GetParam().fault;
  fault.shard = 1;
  discord.inject(fault);
  const bool resumes = GetParam().expected == cure::resume;
  EXPECT_TRUE(discord.wait_for(
      [&](const sim::statistics& now) {
        return resumes ? now.resumes_accepted == 1 : now.identifies_accepted == shards + 1;
      },
      30s))
      << daemon.log();
  ASSERT_TRUE(wait_for_sessions(discord, shards)) << daemon.log();
  discord.set_rate(0);
  EXPECT_TRUE(wait_for_everything(discord)) << daemon.log();
  expect_flawless(handler);

  const auto seen = discord.statistics();
  EXPECT_EQ(seen.identifies_accepted, resumes ? shards : shards + 1);
  EXPECT_TRUE(seen.violations.empty()) << seen.violations.front().text;
  const auto end = daemon.stop();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 0) << daemon.log();
}

sim::fault of_kind(sim::fault_kind kind) {
  sim::fault fault;
  fault.kind = kind;
  return fault;
}

sim::fault closing_with(std::uint16_t code) {
  sim::fault fault = of_kind(sim::fault_kind::close);
  fault.close_code = code;
  return fault;
}

sim::fault resumable_invalid_session() {
  sim::fault fault = of_kind(sim::fault_kind::invalid_session);
  fault.resumable = true;
  return fault;
}

INSTANTIATE_TEST_SUITE_P(
    kinds, live_fault,
    testing::Values(
        fault_case{"reconnect", of_kind(sim::fault_kind::reconnect), cure::resume},
        fault_case{"reset", of_kind(sim::fault_kind::reset), cure::resume},
        fault_case{"zombie", of_kind(sim::fault_kind::silence), cure::resume},
        fault_case{"corrupt_frame", of_kind(sim::fault_kind::corrupt_frame), cure::resume},
        fault_case{"resumable_invalid_session", resumable_invalid_session(), cure::resume},
        fault_case{"close_4000", closing_with(4000), cure::resume},
        fault_case{"close_1001", closing_with(1001), cure::resume}),
    [](const auto& chosen) { return chosen.param.name; });

/// Events of a session that Discord ended are lost by Discord's own rules; the next ones are not.
TEST(lost_session, is_replaced_by_a_new_one) {
  sim::simulator discord{quick_discord(shards)};
  sim::event_handler handler{{.registry = discord.registry()}};
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  ASSERT_TRUE(wait_for_start(daemon, shards)) << daemon.log();
  sim::fault fault = of_kind(sim::fault_kind::invalid_session);
  fault.shard = 2;
  discord.inject(fault);
  ASSERT_TRUE(discord.wait_for(
      [](const sim::statistics& now) { return now.identifies_accepted == shards + 1; }, 30s))
      << daemon.log();
  ASSERT_TRUE(wait_for_sessions(discord, shards)) << daemon.log();
  discord.flood(2'000);
  EXPECT_TRUE(wait_for_everything(discord)) << daemon.log();
  expect_flawless(handler);
  EXPECT_TRUE(daemon.wait_for_log("session lost")) << daemon.log();
}

/// Resumes go to the URL that READY named; when nothing answers there, to the main one.
class resume_url : public testing::TestWithParam<sim::resume_target> {};

TEST_P(resume_url, is_used_and_given_up_when_dead) {
  auto options = quick_discord(1);
  options.resume = GetParam();
  sim::simulator discord{options};
  sim::event_handler handler{{.registry = discord.registry()}};
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  discord.inject(of_kind(sim::fault_kind::reset));
  ASSERT_TRUE(
      discord.wait_for([](const sim::statistics& now) { return now.resumes.size() == 1; }, 30s))
      << daemon.log();
  const auto seen = discord.statistics();
  EXPECT_EQ(seen.identifies_accepted, 1U);
  EXPECT_TRUE(seen.resumes.front().accepted);
  EXPECT_EQ(seen.resumes.front().on_second_port, GetParam() == sim::resume_target::second_port);
}

INSTANTIATE_TEST_SUITE_P(targets, resume_url,
                         testing::Values(sim::resume_target::second_port,
                                         sim::resume_target::dead_port));

TEST(op_1, is_answered_with_a_heartbeat_at_once) {
  sim::simulator discord{quick_discord(1)};  // its interval is far longer than the wait below
  sim::event_handler handler;
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  const auto before = discord.statistics().heartbeats;
  discord.inject(of_kind(sim::fault_kind::request_heartbeat));
  EXPECT_TRUE(
      discord.wait_for([&](const sim::statistics& now) { return now.heartbeats > before; }, 10s));
}

TEST(refused_connections, are_tried_again_until_one_is_accepted) {
  sim::simulator discord{quick_discord(2)};
  sim::event_handler handler;
  sim::fault fault = of_kind(sim::fault_kind::refuse_connection);
  fault.times = 2;
  discord.inject(fault);
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  EXPECT_TRUE(wait_for_start(daemon, 2)) << daemon.log();
  EXPECT_EQ(discord.statistics().identifies_accepted, 2U);
}

}  // namespace
}  // namespace gatehouse::test
