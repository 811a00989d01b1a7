#include "manager_parts.hpp"

#include <gatehouse/cluster/reshard_runner.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace gatehouse::cluster {
namespace {

using namespace std::chrono_literals;
using gateway::shard_state;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using outcome = reshard_answer::outcome;
using phase = reshard_progress::phase;

/// Two shards on two workers serve; Discord recommends four.
class reshard_runner_test : public manager_parts, public testing::Test {
 public:
  reshard_runner_test() {
    change([](config::settings& changed) { changed.resharding.check_interval = 1h; });
    serving.total_shards = 2;
    serving.ids = {0, 1};
    workers.known = {0, 1};
    board.expect_shards({0, 1});
    for (const int id : {0, 1}) board.set_state(id, shard_state::connected);
  }
  static identify_service::callbacks quiet(std::vector<gateway::shard_key>& granted) {
    identify_service::callbacks to;
    to.describe = [](gateway::shard_key shard) { return identify_question{shard.shard_id, 2}; };
    to.grant = [&granted](auto given) { granted.push_back(given.shard); };
    to.ask_limit = [] {};
    return to;
  }
  boost::asio::awaitable<boost::system::result<gateway_answer, std::string>> answer() {
    ++questions;
    if (std::exchange(throws_once, false)) throw std::runtime_error{"out of luck"};
    if (!problem.empty()) co_return problem;
    const gateway_answer told{bot, runtime::clock::now()};
    identifies.learn(told);
    co_return told;
  }
  reshard_answer start(int total, bool is_dry_run = false) {
    return run(tested.start(total, is_dry_run));
  }
  void watch() {
    boost::asio::co_spawn(context, tested.watch(), [](const std::exception_ptr&) {});
  }
  /// Discord closes a serving shard because it has too many guilds.
  void overfill(int shard_id) {
    board.set_state(shard_id, shard_state::offline);
    tested.on_state(serving.key_of(shard_id), shard_state::offline);
    tested.on_too_full(shard_id);
  }
  bool is_resharding() { return tested.status().now_in != phase::idle; }
  /// The new set is complete, and all is delivered: the sessions are about to be saved.
  void lead_to_saving() {
    for (const int id : {0, 1, 2, 3}) tested.on_state({id, 1}, shard_state::connected);
    for (const int worker : {0, 1}) {
      reshard_report report{worker, {}, 0, {}};
      for (const int id : {worker, worker + 2}) report.shards.push_back({id, true, 0, 0});
      tested.on_report(report);
    }
    ASSERT_TRUE(run_until([&] { return !workers.all<stop_forwarding>().empty(); }));
    for (const int worker : {0, 1}) tested.on_drained({worker, {}, {}});
    ASSERT_TRUE(tested.is_saving());
  }

  rest::gateway_bot bot{.url = "wss://gateway.test",
                        .shards = 4,
                        .identifies_total = 1'000,
                        .identifies_remaining = 900,
                        .max_concurrency = 1};
  std::string problem;
  bool throws_once = false;
  int questions = 0;
  std::vector<gateway::shard_key> granted;
  configured_shards ours{config::gateway_settings{}};
  identify_service identifies{context, 1ms, decisions, log.log(), quiet(granted)};
  reshard_runner tested{parts(), ours, identifies, [this] { return answer(); }, 5ms};
};

TEST_F(reshard_runner_test, brings_a_second_set_up) {
  EXPECT_EQ(start(4).what, outcome::started);
  const auto begun = workers.all<start_shard>();
  ASSERT_THAT(begun, SizeIs(4));
  EXPECT_EQ(begun.back().shard, (gateway::shard_key{3, 1}));
  EXPECT_EQ(begun.back().total_shards, 4);
  EXPECT_EQ(serving.ids, (std::set<int>{0, 1})) << "the old one serves";
  EXPECT_EQ(tested.name_of({3, 1}), "shard 3 of 4, new set");
  EXPECT_EQ(tested.name_of({1, 0}), "shard 1 of 2");
  EXPECT_THAT(start(8).reason, HasSubstr("is under way"));
}

TEST_F(reshard_runner_test, says_what_it_would_do_and_what_to_change) {
  change([](config::settings& changed) { changed.gateway.total_shards = 2; });
  const auto plan = start(0, true);
  EXPECT_EQ(plan.what, outcome::planned);
  EXPECT_EQ(plan.to_shards, 4);
  EXPECT_EQ(plan.identifies_left, 900);
  EXPECT_THAT(plan.note, HasSubstr("gateway.total_shards says 2; set it to 4"));
  EXPECT_THAT(workers.said, IsEmpty());
}

TEST_F(reshard_runner_test, refuses_what_the_limit_does_not_allow) {
  bot.identifies_remaining = 3;
  EXPECT_THAT(start(4).reason, HasSubstr("3 identifies are left, 4 are needed"));
  problem = "GET /gateway/bot: rate limited for another 7 s";
  EXPECT_THAT(start(4).reason, HasSubstr("another 7 s"));
}

TEST_F(reshard_runner_test, one_check_asks_once) {
  board.set_state(1, shard_state::resuming);
  run_until([] { return true; });
  change([](config::settings& changed) { changed.resharding.check_interval = 1ms; });
  watch();
  ASSERT_TRUE(run_until([&] { return is_resharding(); }));
  EXPECT_EQ(questions, 1);
}

TEST_F(reshard_runner_test, an_exception_does_not_end_the_checks) {
  change([](config::settings& changed) { changed.resharding.check_interval = 1ms; });
  throws_once = true;
  watch();
  EXPECT_TRUE(run_until([&] { return is_resharding(); }));
  EXPECT_THAT(log.lines(), Contains(HasSubstr("out of luck")));
}

TEST_F(reshard_runner_test, shards_that_are_too_full_bring_more_of_them_at_once) {
  watch();
  overfill(1);
  ASSERT_TRUE(run_until([&] { return is_resharding(); }));
  EXPECT_THAT(board.check().missing, Contains(HasSubstr("4011")));
  lead_to_saving();
  sessions.is_switched(true);
  ASSERT_TRUE(run_until([&] { return serving.generation == 1; }));
  EXPECT_EQ(serving.ids, (std::set<int>{0, 1, 2, 3}));
  EXPECT_TRUE(board.check().ready);
}

TEST_F(reshard_runner_test, shards_without_a_session_do_not_spend_identifies_on_the_old_set) {
  bot.identifies_remaining = 900;
  board.set_state(0, shard_state::unidentified);
  identifies.want({0, 0});
  watch();
  overfill(1);
  ASSERT_TRUE(run_until([&] { return is_resharding(); }));
  EXPECT_EQ(identifies.waiting(), 0U);
  EXPECT_TRUE(tested.withholds({0, 0})) << "whenever it asks";
  EXPECT_FALSE(tested.withholds({3, 1}));
  ASSERT_TRUE(tested.cancel());
  for (const int id : {0, 1, 2, 3}) tested.on_ended({id, 1});
  ASSERT_TRUE(run_until([&] { return !is_resharding(); }));
  EXPECT_TRUE(run_until([&] {
    return std::find(granted.begin(), granted.end(), gateway::shard_key{0, 0}) != granted.end();
  })) << "the old set is what there is";
}

TEST_F(reshard_runner_test, without_resharding_the_others_go_on_and_it_is_said) {
  change([](config::settings& changed) { changed.resharding.enabled = false; });
  watch();
  overfill(1);
  ASSERT_TRUE(run_until([&] {
    const auto missing = board.check().missing;
    return std::any_of(missing.begin(), missing.end(), [](const auto& each) {
      return each.find("resharding.enabled is false") != each.npos;
    });
  }));
  EXPECT_EQ(questions, 0);
  EXPECT_THAT(workers.said, IsEmpty());
  EXPECT_THAT(log.lines(), Contains(HasSubstr("1 of 2 shards (4011")));
}

TEST_F(reshard_runner_test, a_recommendation_that_does_not_help_is_not_followed) {
  bot.shards = 2;
  watch();
  overfill(0);
  ASSERT_TRUE(run_until([&] { return questions == 1; }));
  run_until([&] { return !log.lines().empty(); });
  EXPECT_FALSE(is_resharding());
  EXPECT_THAT(board.check().missing, Contains(HasSubstr("recommends no more than 2")));
}

TEST_F(reshard_runner_test, a_disk_that_hangs_does_not_keep_it_from_stopping) {
  ASSERT_EQ(start(4).what, outcome::started);
  lead_to_saving();
  bool is_over = false;
  tested.stop();
  boost::asio::co_spawn(context, tested.finish_saving(runtime::clock::now() + 5ms),
                        [&](const std::exception_ptr&) { is_over = true; });
  EXPECT_TRUE(run_until([&] { return is_over; }));
  EXPECT_TRUE(tested.is_saving()) << "nobody knows";
}

TEST_F(reshard_runner_test, a_disk_that_answers_late_ends_the_switch_before_the_stop) {
  ASSERT_EQ(start(4).what, outcome::started);
  lead_to_saving();
  bool is_over = false;
  boost::asio::co_spawn(context, tested.finish_saving(runtime::clock::now() + 20s),
                        [&](const std::exception_ptr&) { is_over = true; });
  sessions.is_switched(true);
  EXPECT_TRUE(run_until([&] { return is_over; }));
  EXPECT_EQ(serving.generation, 1);
}

}  // namespace
}  // namespace gatehouse::cluster
