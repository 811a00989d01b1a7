#include "reshard_driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

/// How a reshard is taken back, and how it runs out of time.
namespace gatehouse::cluster {
namespace {

using gateway::shard_state;
using runtime::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(reshard, can_be_taken_back_until_the_sessions_are_being_saved) {
  using driver = reshard_driver;
  const std::vector<std::pair<void (*)(driver&), std::vector<std::string>>> cases{
      {[](driver&) {}, {"end 1"}},
      {[](driver& run) { run.to_loading(); }, {"end 1"}},
      {[](driver& run) { run.to_comparing(); }, {"end 1"}},
      {[](driver& run) { run.to_stopping(); }, {"go on", "end 1"}},
  };
  for (const auto& [get_there, expected] : cases) {
    driver run;
    get_there(run);
    static_cast<void>(run.take());
    EXPECT_TRUE(run.roll_back());
    EXPECT_EQ(run.take(), expected);
    EXPECT_FALSE(run.roll_back()) << "once";
    run.state({0, 0}, shard_state::disconnected);
    run.report(0, seconds{100}, reshard::most_held_bytes * 2);
    run.drain();
    run.saved(true);
    EXPECT_THAT(run.take(), IsEmpty());
    EXPECT_EQ(run.tested().deadline(), std::nullopt);
    run.ended(1);
    EXPECT_THAT(run.take(), ElementsAre("fail: rolled back: as asked"));
  }
}

TEST(reshard, cannot_be_taken_back_later) {
  reshard_driver saving;
  saving.to_saving();
  EXPECT_FALSE(saving.roll_back());
  saving.saved(true);
  EXPECT_FALSE(saving.roll_back());
  static_cast<void>(saving.take());
  saving.ended(0);
  saving.step();
  EXPECT_THAT(saving.take(), ElementsAre("finish: done"));
  EXPECT_FALSE(saving.roll_back());
}

/// Calls it whenever it wants to be called, until it has rolled back.
std::string result_of_timeout(reshard_driver& run) {
  const auto begun = run.now();
  while (run.step()) {
  }
  EXPECT_GE(run.now(), begun);
  static_cast<void>(run.take());
  run.ended(1);
  const auto last = run.take();
  return last.empty() ? "" : last.back();
}

TEST(reshard, is_rolled_back_when_the_new_shards_do_not_connect) {
  reshard_driver run;
  run.state({0, 1}, shard_state::connected);
  const auto begun = run.now();
  EXPECT_THAT(result_of_timeout(run), HasSubstr("resharding.timeout_ms"));
  EXPECT_EQ(run.now() - begun, small_plan().timeout);
}

TEST(reshard, a_timeout_tells_its_cause) {
  reshard_driver disconnected;
  disconnected.to_comparing();
  disconnected.state({1, 0}, shard_state::disconnected);
  EXPECT_THAT(result_of_timeout(disconnected),
              HasSubstr("it waited for shards of the serving set"));

  reshard_driver slow;
  slow.to_comparing();
  EXPECT_THAT(result_of_timeout(slow), HasSubstr("it waited for handlers"));
}

TEST(reshard, a_timeout_does_not_interrupt_the_switch) {
  reshard_driver run;
  run.to_saving();
  run.pass(small_plan().timeout * 2);
  run.saved(true);
  EXPECT_THAT(run.take(), testing::Contains("serve"));
  run.ended(0);
  run.step();
  EXPECT_THAT(run.take(), ElementsAre("finish: done"));
}

}  // namespace
}  // namespace gatehouse::cluster
