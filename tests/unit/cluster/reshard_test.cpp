#include "reshard_driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::cluster {
namespace {

using gateway::shard_state;
using runtime::milliseconds;
using runtime::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using phase = reshard_progress::phase;

TEST(reshard, goes_from_its_beginning_to_its_end) {
  reshard_driver run;
  EXPECT_THAT(run.take(), ElementsAre("start"));
  EXPECT_EQ(run.progress().now_in, phase::identifying);
  run.connect_new();
  EXPECT_EQ(run.progress().now_in, phase::loading);
  run.report(5);
  EXPECT_THAT(run.take(), IsEmpty());
  run.report(0);
  EXPECT_THAT(run.take(), ElementsAre("compare 4000"));
  EXPECT_EQ(run.progress().now_in, phase::overlapping);
  const auto begun = run.now();
  EXPECT_TRUE(run.step());
  EXPECT_THAT(run.take(), ElementsAre("stop"));
  EXPECT_EQ(run.now() - begun, 3 * small_plan().window + seconds{1});
  EXPECT_EQ(run.progress().now_in, phase::switching);
  run.drain(0);
  EXPECT_THAT(run.take(), IsEmpty());
  run.drain(1);
  EXPECT_THAT(run.take(), ElementsAre("save"));
  EXPECT_TRUE(run.tested().is_saving());
  run.saved(true);
  EXPECT_THAT(run.take(), ElementsAre("serve", "end 0"));
  EXPECT_TRUE(run.tested().is_serving());
  EXPECT_EQ(run.progress().now_in, phase::closing);
  run.ended(0);
  EXPECT_THAT(run.take(), IsEmpty());
  run.step();
  EXPECT_THAT(run.take(), ElementsAre("finish: done"));
  EXPECT_EQ(run.tested().deadline(), std::nullopt);
}

TEST(reshard, saves_the_new_sessions_in_the_place_of_all_old_ones) {
  auto plan = small_plan();
  plan.old_ids = {0, 1, 2, 3, 4};
  plan.from_shards = 5;
  reshard_driver run{plan};
  run.to_saving();
  std::vector<std::pair<int, bool>> changes;
  for (const auto& wanted : run.take_actions()) {
    const auto* save = std::get_if<reshard::save_sessions>(&wanted);
    if (save == nullptr) continue;
    for (const auto& each : save->changes) {
      changes.emplace_back(each.shard_id, each.position.has_value());
    }
  }
  EXPECT_THAT(changes, testing::UnorderedElementsAre(std::pair{0, true}, std::pair{1, true},
                                                     std::pair{2, true}, std::pair{3, false},
                                                     std::pair{4, false}));
}

// ---- before the comparison ----

TEST(reshard, compares_nothing_before_every_shard_is_connected_and_every_worker_has_told) {
  reshard_driver run;
  static_cast<void>(run.take());
  run.report();
  run.state({0, 1}, shard_state::connected);
  run.state({1, 1}, shard_state::connected);
  EXPECT_EQ(run.tested().identifies_needed(), 1);
  EXPECT_EQ(run.progress().now_in, phase::identifying);
  EXPECT_THAT(run.take(), IsEmpty());
  run.state({2, 1}, shard_state::connected);
  EXPECT_EQ(run.tested().identifies_needed(), 0);
  EXPECT_THAT(run.take(), ElementsAre("compare 4000"));

  reshard_driver untold;
  static_cast<void>(untold.take());
  untold.connect_new();
  untold.pass(seconds{30});
  untold.timer();
  EXPECT_EQ(untold.progress().now_in, phase::loading) << "nothing is known of their guilds";
}

TEST(reshard, guilds_in_an_outage_are_not_waited_for_for_ever) {
  reshard_driver run;
  run.to_loading();
  run.report(3);
  run.pass(reshard::load_silence - seconds{1});
  run.report(2);  // one has come
  static_cast<void>(run.take());
  run.pass(reshard::load_silence - milliseconds{1});
  run.report(2);
  EXPECT_THAT(run.take(), IsEmpty());
  run.pass(milliseconds{1});
  run.step();
  EXPECT_THAT(run.take(), ElementsAre("compare 4000"));
}

TEST(reshard, without_the_guilds_intent_no_guild_is_waited_for) {
  auto plan = small_plan();
  plan.loads_guilds = false;
  reshard_driver run{plan};
  run.to_loading();
  static_cast<void>(run.take());
  run.report(10);
  EXPECT_THAT(run.take(), ElementsAre("compare 4000"));
}

TEST(reshard, waits_for_serving_shards_that_are_not_connected) {
  reshard_driver run;
  run.state({1, 0}, shard_state::resuming);
  run.to_comparing();
  EXPECT_THAT(run.take(), ElementsAre("start"));
  EXPECT_THAT(run.progress().waiting_for, HasSubstr("serving set"));
  run.state({1, 0}, shard_state::connected);
  EXPECT_THAT(run.take(), ElementsAre("compare 4000"));
  EXPECT_EQ(run.progress().waiting_for, "");
}

TEST(reshard, says_no_more_that_it_waits_for_a_serving_shard_once_that_is_back) {
  reshard_driver run;
  run.to_loading();
  run.state({1, 0}, shard_state::resuming);
  run.report(5);
  EXPECT_THAT(run.progress().waiting_for, HasSubstr("serving set"));
  run.state({1, 0}, shard_state::connected);
  EXPECT_EQ(run.progress().now_in, phase::loading);
  EXPECT_EQ(run.progress().waiting_for, "");
}

// ---- the comparison ----

TEST(reshard, a_disturbed_comparison_begins_anew) {
  for (const gateway::shard_key shard : {gateway::shard_key{0, 0}, gateway::shard_key{2, 1}}) {
    reshard_driver run;
    run.to_comparing();
    static_cast<void>(run.take());
    run.state(shard, shard_state::disconnected);
    EXPECT_THAT(run.take(), IsEmpty());
    EXPECT_EQ(run.progress().now_in, phase::loading);
    EXPECT_NE(run.progress().waiting_for, "");
    run.pass(seconds{20});
    run.report();
    run.step();
    EXPECT_THAT(run.take(), IsEmpty());
    run.state(shard, shard_state::connected);
    EXPECT_THAT(run.take(), ElementsAre("compare 4000"));
    const auto begun = run.now();
    run.step();
    EXPECT_THAT(run.take(), ElementsAre("stop"));
    EXPECT_EQ(run.now() - begun, 3 * small_plan().window + seconds{1});
  }
}

TEST(reshard, a_long_lag_makes_the_window_longer) {
  reshard_driver run;
  run.to_comparing();
  run.report(0, milliseconds{2'001});
  static_cast<void>(run.take());
  run.step();
  EXPECT_THAT(run.take(), ElementsAre("compare 8000"));
  run.report(0, milliseconds{4'000});
  const auto begun = run.now();
  run.step();
  EXPECT_THAT(run.take(), ElementsAre("stop")) << "half a window is all right";
  EXPECT_EQ(run.now() - begun, seconds{25});
}

TEST(reshard, the_window_has_a_longest) {
  reshard_driver run;
  run.to_comparing();
  static_cast<void>(run.take());
  for (const auto expected :
       {"compare 8000", "compare 16000", "compare 32000", "compare 60000", "stop"}) {
    run.report(0, seconds{500});
    run.step();
    EXPECT_THAT(run.take(), ElementsAre(expected));
  }
}

TEST(reshard, does_not_switch_while_only_one_set_receives_something) {
  reshard_driver run;
  run.to_comparing();
  static_cast<void>(run.take());
  const auto find_one = [&] {
    ++run.unmatched.held;
    run.unmatched.example = "MESSAGE_UPDATE";
    run.report();
  };
  for (const auto expected : {"compare 8000", "compare 16000", "compare 32000", "compare 60000"}) {
    run.pass(run.tested().deadline().value() - run.now());
    find_one();
    EXPECT_THAT(run.take(), ElementsAre(expected)) << "it may just be late";
    run.unmatched = {};
  }
  for (int i = 0; i < 3; ++i) {
    run.pass(run.tested().deadline().value() - run.now());
    find_one();
    EXPECT_THAT(run.take(), IsEmpty());
    EXPECT_THAT(run.progress().waiting_for, HasSubstr("new set receives, such as MESSAGE_UPDATE"));
  }
  run.pass(seconds{1});
  ++run.unmatched.forwarded;
  run.report();
  const auto last = run.now();
  run.step();
  EXPECT_THAT(run.take(), IsEmpty());
  EXPECT_THAT(run.progress().waiting_for, HasSubstr("only the serving set receives"));
  run.step();
  EXPECT_THAT(run.take(), ElementsAre("stop")) << "a whole window without";
  EXPECT_EQ(run.now() - last, reshard::longest_window);
}

TEST(reshard, a_report_of_the_comparison_before_does_not_count) {
  reshard_driver run;
  run.to_comparing();
  static_cast<void>(run.take());
  events::unmatched_events many;
  many.held = 5;
  run.late_report(many, run.tested().comparisons() - 1);
  run.step();
  EXPECT_THAT(run.take(), ElementsAre("stop"));
}

TEST(reshard, too_much_without_a_counterpart_is_given_up) {
  reshard_driver run;
  run.to_comparing();
  static_cast<void>(run.take());
  run.report(0, {}, reshard::most_held_bytes);
  EXPECT_THAT(run.take(), IsEmpty());
  run.report(0, {}, reshard::most_held_bytes + 1);
  EXPECT_THAT(run.take(), ElementsAre("end 1"));
  EXPECT_THAT(run.progress().waiting_for, HasSubstr("without a counterpart"));
}

TEST(reshard, too_much_is_held_while_a_shard_is_away_too) {
  reshard_driver run;
  run.to_comparing();
  run.state({0, 0}, shard_state::disconnected);
  static_cast<void>(run.take());
  run.report(0, {}, reshard::most_held_bytes + 1);
  EXPECT_THAT(run.take(), ElementsAre("end 1"));
}

// ---- the switch ----

TEST(reshard, handlers_that_are_too_slow_are_given_another_chance) {
  reshard_driver run;
  run.to_stopping();
  run.drain(0);
  static_cast<void>(run.take());
  run.pass(reshard::longest_stop - milliseconds{1});
  run.timer();
  EXPECT_THAT(run.take(), IsEmpty());
  run.step();
  EXPECT_THAT(run.take(), ElementsAre("go on"));
  EXPECT_THAT(run.progress().waiting_for, HasSubstr("handlers"));
  run.drain(1);
  EXPECT_THAT(run.take(), IsEmpty()) << "too late";
  const auto failed = run.now();
  run.step();
  EXPECT_THAT(run.take(), ElementsAre("stop"));
  EXPECT_EQ(run.now() - failed, reshard::pause_between_attempts);
  run.drain(1);
  EXPECT_THAT(run.take(), IsEmpty()) << "all have to drain this time";
  run.drain(0);
  EXPECT_THAT(run.take(), ElementsAre("save"));
}

TEST(reshard, what_a_handler_does_not_take_is_told_with_the_switch) {
  reshard_driver run;
  run.to_stopping();
  run.left = {{0, 1, "http://dead/"}};
  run.drain(0);
  run.step();
  run.left = {{0, 0, "http://dead/"}};
  run.step();
  static_cast<void>(run.take());
  run.drain(0);
  run.left.clear();
  run.drain(1);
  run.saved(true);
  const auto wanted = run.take_actions();
  const auto* serve = std::get_if<reshard::serve>(&wanted.at(1));
  ASSERT_NE(serve, nullptr);
  ASSERT_EQ(serve->left.size(), 1U) << "of the attempt that succeeded";
  EXPECT_EQ(serve->left.front().shard_id, 0);
}

TEST(reshard, a_shard_lost_during_the_stop_lets_the_old_set_go_on) {
  reshard_driver run;
  run.to_stopping();
  static_cast<void>(run.take());
  run.state({2, 1}, shard_state::disconnected);
  EXPECT_THAT(run.take(), ElementsAre("go on"));
  run.drain();
  EXPECT_THAT(run.take(), IsEmpty());
  run.state({2, 1}, shard_state::connected);
  EXPECT_THAT(run.take(), ElementsAre("compare 4000"));
}

TEST(reshard, sessions_that_cannot_be_saved_are_tried_again) {
  reshard_driver run;
  run.to_saving();
  static_cast<void>(run.take());
  EXPECT_EQ(run.tested().deadline(), std::nullopt) << "the disk answers";
  run.saved(false);
  EXPECT_THAT(run.take(), ElementsAre("go on"));
  EXPECT_THAT(run.progress().waiting_for, HasSubstr("disk"));
  run.step();
  run.drain();
  EXPECT_THAT(run.take(), ElementsAre("stop", "save"));
  run.saved(true);
  EXPECT_THAT(run.take(), ElementsAre("serve", "end 0"));
  run.saved(true);
  EXPECT_THAT(run.take(), IsEmpty());
}

TEST(reshard, closing_waits_for_late_copies_old_shards_and_new_connections) {
  reshard_driver run;
  run.to_closing();
  run.state({1, 1}, shard_state::disconnected);
  static_cast<void>(run.take());
  run.pass(small_plan().window * 2);
  run.step();
  run.ended(0);
  EXPECT_THAT(run.take(), IsEmpty());
  run.state({1, 1}, shard_state::connected);
  EXPECT_THAT(run.take(), ElementsAre("finish: done"));

  reshard_driver slow;
  slow.to_closing();
  static_cast<void>(slow.take());
  slow.pass(small_plan().window);
  slow.ended({0, 0});
  slow.step();
  EXPECT_THAT(slow.take(), IsEmpty());
  slow.ended(0);
  EXPECT_THAT(slow.take(), ElementsAre("finish: done"));
}

}  // namespace
}  // namespace gatehouse::cluster
