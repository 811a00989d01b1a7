#include "daemon_figures.hpp"
#include "succession.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

/// One event that its handler never gets through, beside traffic that works.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 2;
constexpr std::uint64_t attempts = 5;

struct poison {
  std::string name;
  sim::handler_answer answer;
};

void PrintTo(const poison& shown, std::ostream* out) {
  *out << shown.name;
}

class poison_event : public testing::TestWithParam<poison> {
 protected:
  void start(std::uint64_t allowed) {
    run.config()
        .add("handlers", "poison_attempts = " + std::to_string(allowed))
        .add("handlers", "timeout_ms = 300")
        .add("queue", "retry_initial_ms = 20")
        .add("queue", "retry_max_ms = 100");
    ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
    ASSERT_TRUE(wait_for_everything(discord)) << run.daemon().log();
    poisoned = discord.guild_ids().front();
    handler.add_rule({.answer = GetParam().answer, .times = 0, .event_type = "WEBHOOKS_UPDATE"});
    discord.set_rate(1'000);
    discord.emit(poisoned, "WEBHOOKS_UPDATE");
  }
  bool wait_until_failed(std::uint64_t times) {
    return handler.wait_until(
        [&](const sim::handler_statistics& now) { return now.refused_requests >= times; }, 30s);
  }
  [[nodiscard]] std::size_t letters() const {
    return lines_in(run.state().path() / "dead-letters.ndjson");
  }

  sim::simulator discord{quick_discord(shards)};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
  std::uint64_t poisoned = 0;  ///< a guild with traffic of its own behind the event
};

TEST_P(poison_event, is_set_aside_and_holds_up_nobody) {
  start(attempts);
  ASSERT_TRUE(wait_until([&] { return letters() == 1; }, 20s)) << run.daemon().log();
  // A reset of a connection that has idled is no failure: that request is made anew at once. Nor
  // does a failure count before which no other event was served.
  const auto requests = handler.statistics().refused_requests;
  EXPECT_GE(requests, attempts);
  EXPECT_LE(requests, 2 * (attempts + 2));
  const auto letter = read_file(run.state().path() / "dead-letters.ndjson");
  EXPECT_NE(letter.find("WEBHOOKS_UPDATE"), std::string::npos) << letter;
  EXPECT_NE(letter.find("\"attempts\":" + std::to_string(requests)), std::string::npos) << letter;
  EXPECT_EQ(letter.find("\"reason\":\"\""), std::string::npos) << letter;
  discord.set_rate(0);
  discord.emit(poisoned, "MESSAGE_CREATE");
  EXPECT_TRUE(wait_until([&] { return discord.registry()->missing().size() == 1; }, 20s))
      << "its lane has to go on after it\n"
      << run.daemon().log();
  EXPECT_EQ(discord.registry()->missing().front().type, "WEBHOOKS_UPDATE");
  EXPECT_EQ(handler.statistics().out_of_order, 0U);
  EXPECT_EQ(handler.statistics().repeated, 0U);
  // Its URL has served others all the time.
  EXPECT_LE(count_in_log(run.daemon(), "is down"), 1U) << run.daemon().log();
}

TEST_P(poison_event, is_tried_for_ever_when_asked_for) {
  start(0);
  ASSERT_TRUE(wait_until_failed(attempts + 2)) << run.daemon().log();
  EXPECT_EQ(letters(), 0U);
  EXPECT_LE(count_in_log(run.daemon(), "is down"), 1U) << run.daemon().log();
  discord.set_rate(0);
  handler.clear_rules();
  EXPECT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  EXPECT_EQ(handler.statistics().out_of_order, 0U);
}

INSTANTIATE_TEST_SUITE_P(answers, poison_event,
                         testing::Values(poison{"status_500", {.status = 500}},
                                         poison{"reset", {.fate = sim::answer_fate::reset}},
                                         poison{"hang", {.fate = sim::answer_fate::hang}}),
                         [](const auto& chosen) { return chosen.param.name; });

}  // namespace
}  // namespace gatehouse::test
