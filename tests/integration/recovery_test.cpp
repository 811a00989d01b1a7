#include "daemon_figures.hpp"
#include "succession.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

/// A handler that was down with nothing left to deliver is found up again all the same.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr int autocomplete = 4;
constexpr int modal = 5;

struct absence {
  std::string name;
  bool listens;
  sim::handler_answer answer;
};

void PrintTo(const absence& shown, std::ostream* out) {
  *out << shown.name;
}

class recovery : public testing::TestWithParam<absence> {
 protected:
  recovery() { run.config().add("interactions", "defer = true"); }

  void go_away() {
    if (GetParam().listens) {
      handler.set_default_answer(GetParam().answer);
    } else {
      handler.stop_listening();
    }
  }
  void come_back() {
    if (GetParam().listens) {
      handler.set_default_answer({});
    } else {
      handler.start_listening();
    }
  }
  std::uint64_t interactions() { return handler.statistics().by_type["INTERACTION_CREATE"]; }
  bool wait_for_callbacks(std::size_t count) {
    return discord.wait_for(
        [&](const sim::statistics& now) { return now.callbacks.size() >= count; }, 20s);
  }
  /// The log tells at once, the figures within a second.
  bool wait_until_up() {
    return wait_until(
        [&] {
          return count_in_log(run.daemon(), "is up again") ==
                     count_in_log(run.daemon(), "is down") &&
                 metric(run.daemon(), "gatehouse_handler_up") == 1;
        },
        20s);
  }
  void expect_delivered(int type) {
    const auto answered = discord.statistics().callbacks.size();
    const auto before = interactions();
    discord.emit_interaction(discord.guild_ids().front(), type);
    EXPECT_TRUE(wait_until([&] { return interactions() == before + 1; }, 20s))
        << run.daemon().log();
    EXPECT_EQ(discord.statistics().callbacks.size(), answered) << "answered in its handler's place";
  }

  sim::simulator discord{quick_discord(1)};
  sim::event_handler handler{{.registry = discord.registry()}};
  succession run{discord, handler};
};

TEST_P(recovery, with_interactions_alone_needs_no_event) {
  run.config().add("events", "only = [\"INTERACTION_CREATE\"]");
  ASSERT_TRUE(wait_for_start(run.start(), 1)) << run.daemon().log();
  go_away();
  discord.emit_interaction(discord.guild_ids().front(), autocomplete);
  ASSERT_TRUE(wait_for_callbacks(1)) << run.daemon().log();
  ASSERT_TRUE(run.daemon().wait_for_log("is down")) << run.daemon().log();
  come_back();
  ASSERT_TRUE(wait_until_up()) << "it was left for dead\n" << run.daemon().log();
  expect_delivered(autocomplete);
  expect_delivered(modal);
}

TEST_P(recovery, after_the_queue_has_grown_too_old_needs_no_event) {
  run.config().add("queue", "max_age_s = 1");
  ASSERT_TRUE(wait_for_start(run.start(), 1)) << run.daemon().log();
  ASSERT_TRUE(wait_for_everything(discord)) << run.daemon().log();
  go_away();
  discord.emit(discord.guild_ids().front(), "CHANNEL_UPDATE");
  ASSERT_TRUE(
      wait_until([&] { return metric(run.daemon(), "gatehouse_events_dropped_total") == 1; }, 20s))
      << run.daemon().log();
  come_back();
  ASSERT_TRUE(wait_until_up()) << "it was left for dead\n" << run.daemon().log();
  expect_delivered(modal);
}

INSTANTIATE_TEST_SUITE_P(of, recovery,
                         testing::Values(absence{"closed_port", false, {}},
                                         absence{"status_503", true, {.status = 503}}),
                         [](const auto& chosen) { return chosen.param.name; });

}  // namespace
}  // namespace gatehouse::test
