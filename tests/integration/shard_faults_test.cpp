#include "daemon_process.hpp"
#include "setup.hpp"

#include <gmock/gmock.h>
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
  EXPECT_THAT(seen.violations, testing::IsEmpty()) << seen.violations.front().text;
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

/// Whoever closes before Hello does not know yet whose connection it was.
class close_before_hello : public testing::TestWithParam<std::uint16_t> {};

TEST_P(close_before_hello, costs_no_session) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler{{.registry = discord.registry()}};
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  sim::fault closes = closing_with(GetParam());
  closes.kind = sim::fault_kind::close_instead_of_hello;
  closes.times = 3;
  discord.inject(closes);
  discord.inject(of_kind(sim::fault_kind::reset));
  ASSERT_TRUE(
      discord.wait_for([](const sim::statistics& now) { return now.resumes_accepted == 1; }, 30s))
      << daemon.log();
  EXPECT_EQ(discord.statistics().identifies.size(), 1U);
  EXPECT_EQ(handler.statistics().by_type.count("GATEHOUSE_GAP"), 0U);
}

INSTANTIATE_TEST_SUITE_P(codes, close_before_hello, testing::Values(1000, 1011, 1013, 4006, 4200));

TEST(unreadable_event, costs_itself_alone_and_is_told) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler{{.registry = discord.registry(), .keep_events = 1'000}};
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  discord.inject(of_kind(sim::fault_kind::unreadable_event));
  ASSERT_TRUE(daemon.wait_for_log("cannot be read")) << daemon.log();
  discord.flood(500);
  EXPECT_TRUE(wait_for_everything(discord)) << daemon.log();
  ASSERT_TRUE(handler.wait_until(
      [](const sim::handler_statistics& now) { return now.by_type.contains("GATEHOUSE_GAP"); },
      20s))
      << daemon.log();
  expect_flawless(handler);
  const auto seen = discord.statistics();
  EXPECT_EQ(seen.hellos, 1U) << "the connection goes on";
  for (const auto& event : handler.events()) {
    if (event.type != "GATEHOUSE_GAP") continue;
    EXPECT_NE(event.message.find("could not be read"), std::string::npos) << event.message;
    EXPECT_FALSE(event.event_id.ends_with(":gap")) << "the number of what is missing";
  }
}

/// The limit of what may be sent holds whatever is asked for.
TEST(op_1, many_at_once_do_not_exceed_the_send_limit) {
  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler{{.registry = discord.registry()}};
  daemon_process daemon{config_text{discord, {handler.url()}}.str()};
  ASSERT_TRUE(wait_for_start(daemon, 1)) << daemon.log();
  for (int asked = 0; asked < 130; ++asked) {
    discord.inject(of_kind(sim::fault_kind::request_heartbeat));
  }
  EXPECT_TRUE(
      discord.wait_for([](const sim::statistics& now) { return now.heartbeats > 100; }, 20s))
      << daemon.log();
  discord.flood(200);
  EXPECT_TRUE(wait_for_everything(discord)) << daemon.log();
  const auto seen = discord.statistics();
  EXPECT_THAT(seen.violations, testing::IsEmpty()) << seen.violations.front().text;
  EXPECT_EQ(seen.hellos, 1U);
}

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
