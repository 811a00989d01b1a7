#include "received_dispatch.hpp"

#include <gatehouse/events/overlap.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace gatehouse::events {
namespace {

using runtime::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using enum overlap::fate;
using creation = guild_cache::creation;

constexpr runtime::time_point start{std::chrono::hours{9}};
constexpr milliseconds window{1'000};

runtime::time_point at(int ms) {
  return start + milliseconds{ms};
}

class overlap_test : public testing::Test {
 protected:
  /// Its number is in the order of arrival, from 1.
  overlap::fate receive(content_key key, int ms, std::optional<creation> meaning = {}) {
    const test::received_dispatch received{"TYPING_START", ++received_, "{}"};
    const auto fate = tested_.on_received(key, at(ms));
    if (fate == held) tested_.hold(key, {{session_, received.view(), at(ms)}, meaning});
    return fate;
  }
  void forward(content_key key, int ms) { tested_.on_forwarded({key, at(ms)}); }
  std::vector<std::int64_t> serve(int ms) {
    std::vector<std::int64_t> numbers;
    for (const auto& due : tested_.serve(at(ms))) numbers.push_back(due.content.seq());
    return numbers;
  }
  std::vector<std::int64_t> settled() {
    std::vector<std::int64_t> numbers;
    for (const auto& each : tested_.take_settled()) numbers.push_back(each.seq());
    return numbers;
  }

  overlap tested_{start, window};
  session_log_ptr session_{new session_log{0, "session", 0}};
  std::int64_t received_ = 0;
};

TEST_F(overlap_test, a_copy_that_comes_after_its_event_is_dropped) {
  forward(1, 1'500);
  EXPECT_EQ(receive(1, 1'540), dropped);
  EXPECT_EQ(tested_.matched(), 1U);
  EXPECT_EQ(tested_.longest_lag(), milliseconds{40});
  EXPECT_THAT(serve(5'000), IsEmpty());
  EXPECT_THAT(settled(), IsEmpty()) << "who dropped it settles it";
}

TEST_F(overlap_test, a_copy_that_comes_before_its_event_is_held_until_then) {
  EXPECT_EQ(receive(1, 1'500), held);
  EXPECT_EQ(tested_.held(), 1U);
  EXPECT_GT(tested_.held_bytes(), 0U);
  EXPECT_THAT(settled(), IsEmpty());
  forward(1, 1'560);
  EXPECT_THAT(settled(), ElementsAre(1));
  EXPECT_THAT(settled(), IsEmpty()) << "each is handed out once";
  EXPECT_EQ(tested_.held(), 0U);
  EXPECT_EQ(tested_.held_bytes(), 0U);
  EXPECT_EQ(tested_.longest_lag(), milliseconds{60});
}

TEST_F(overlap_test, what_was_forwarded_by_nobody_is_due_in_the_order_of_its_arrival) {
  for (const content_key key : {5U, 3U, 9U, 1U, 7U}) receive(key, 4'000 + static_cast<int>(key));
  forward(9, 4'020);
  tested_.on_stopping(at(4'021));
  EXPECT_THAT(serve(4'100), ElementsAre(1, 2, 4, 5));
  EXPECT_THAT(settled(), ElementsAre(3));
  EXPECT_EQ(tested_.held(), 0U);
  EXPECT_EQ(tested_.held_bytes(), 0U);
}

TEST_F(overlap_test, equal_contents_are_counted) {
  forward(1, 4'000);
  forward(1, 4'010);
  EXPECT_EQ(receive(1, 4'020), dropped);
  EXPECT_EQ(receive(1, 4'021), dropped);
  EXPECT_EQ(receive(1, 4'022), held);
  EXPECT_EQ(receive(1, 4'023), held);
  forward(1, 4'030);
  EXPECT_THAT(settled(), ElementsAre(3)) << "the older one";
  tested_.on_stopping(at(4'040));
  EXPECT_THAT(serve(4'050), ElementsAre(4));
}

TEST_F(overlap_test, copies_of_what_was_forwarded_before_the_comparison_are_no_news) {
  receive(1, 0);
  receive(2, 999);
  receive(3, 1'000);
  EXPECT_THAT(serve(1'500), ElementsAre(3));
  EXPECT_THAT(settled(), ElementsAre(1, 2));
}

TEST_F(overlap_test, serving_what_has_no_copy_passes) {
  forward(1, 4'000);
  forward(2, 4'000);
  EXPECT_FALSE(tested_.is_serving());
  EXPECT_THAT(serve(4'100), IsEmpty());
  EXPECT_TRUE(tested_.is_serving());
  EXPECT_EQ(receive(3, 4'200), passed);
  EXPECT_EQ(receive(1, 4'200), dropped) << "a late copy";
  EXPECT_EQ(receive(1, 4'300), passed) << "another event";
  EXPECT_EQ(receive(2, 4'900), dropped);
}

TEST_F(overlap_test, what_was_forwarded_long_before_serving_has_no_copy_to_come) {
  forward(1, 2'000);
  forward(2, 3'000);
  EXPECT_THAT(serve(4'000), IsEmpty());
  EXPECT_EQ(receive(1, 4'001), passed) << "it has come before the comparison began";
  EXPECT_EQ(receive(2, 4'001), dropped);
}

TEST_F(overlap_test, a_slow_load_is_no_news_but_a_return_or_a_join_is) {
  receive(1, 3'500, creation::initial_load);
  receive(2, 3'600, creation::outage_return);
  receive(3, 3'700, creation::join);
  tested_.on_stopping(at(4'000));
  receive(4, 4'050, creation::initial_load);
  EXPECT_THAT(serve(4'100), ElementsAre(2, 3, 4));
  EXPECT_THAT(settled(), ElementsAre(1));
}

/// It may have been deaf: what only one set has received is not lost.
TEST_F(overlap_test, what_the_serving_generation_never_had_is_forwarded) {
  receive(1, 2'500);
  receive(2, 3'001);
  tested_.on_stopping(at(4'000));
  EXPECT_THAT(serve(4'100), ElementsAre(1, 2));
  EXPECT_THAT(settled(), IsEmpty());
}

TEST_F(overlap_test, notices_a_lag_that_is_longer_than_the_window) {
  receive(1, 1'100);
  forward(1, 3'600);
  EXPECT_EQ(tested_.longest_lag(), milliseconds{2'500});
  forward(2, 4'000);
  EXPECT_EQ(receive(2, 7'000), dropped);
  EXPECT_EQ(tested_.longest_lag(), milliseconds{3'000});
}

// ---- the beginning, and contents that come again ----

TEST_F(overlap_test, a_copy_from_before_does_not_wait_for_a_later_event_of_equal_content) {
  receive(1, 10);     // forwarded before the comparison
  forward(1, 2'500);  // not this one
  EXPECT_THAT(settled(), ElementsAre(1));
  EXPECT_EQ(tested_.longest_lag(), milliseconds{0});
  EXPECT_EQ(receive(1, 2'540), dropped);
}

TEST_F(overlap_test, an_event_whose_copy_came_before_does_not_wait_for_a_later_copy) {
  forward(1, 10);
  EXPECT_EQ(receive(1, 2'500), held) << "nothing is known of its own event";
  EXPECT_EQ(tested_.longest_lag(), milliseconds{0});
  forward(1, 2'540);
  EXPECT_THAT(settled(), ElementsAre(1));
  tested_.on_stopping(at(2'600));
  EXPECT_EQ(receive(1, 3'000), held);
  EXPECT_THAT(serve(3'100), ElementsAre(2));
}

TEST_F(overlap_test, the_nearer_copy_of_a_content_that_keeps_coming_is_its_copy) {
  receive(1, 40);  // its event was forwarded at -10
  for (int ms = 490; ms < 4'000; ms += 500) {
    forward(1, ms);
    receive(1, ms + 50);
  }
  EXPECT_EQ(tested_.held(), 0U);
  tested_.on_stopping(at(4'000));
  EXPECT_THAT(serve(4'020), IsEmpty());
  EXPECT_EQ(receive(1, 4'040), passed);
}

TEST_F(overlap_test, the_nearer_event_of_a_content_that_keeps_coming_is_its_event) {
  forward(1, 40);  // its copy came at -10
  for (int ms = 490; ms < 4'000; ms += 500) {
    receive(1, ms);
    forward(1, ms + 50);
  }
  EXPECT_EQ(tested_.held(), 0U);
  tested_.on_stopping(at(4'000));
  EXPECT_EQ(receive(1, 4'001), held);
  EXPECT_THAT(serve(4'020), ElementsAre(9));
}

TEST_F(overlap_test, what_waits_for_longer_than_a_window_is_forgotten_and_counted) {
  receive(1, 1'500);
  forward(2, 1'500);
  forward(3, 1'500);
  receive(3, 1'600);
  tested_.expire(at(2'500));
  EXPECT_EQ(tested_.unmatched().count(), 0U) << "not longer";
  tested_.expire(at(2'501));
  EXPECT_EQ(tested_.unmatched().held, 1U);
  EXPECT_EQ(tested_.unmatched().forwarded, 1U);
  EXPECT_EQ(tested_.unmatched().example, "TYPING_START");
  EXPECT_THAT(settled(), ElementsAre(1));
  EXPECT_EQ(tested_.held_bytes(), 0U);
  EXPECT_EQ(receive(2, 2'600), held) << "nothing is known of it any more";
}

TEST_F(overlap_test, what_has_its_counterpart_before_the_comparison_is_not_counted) {
  receive(1, 999);
  forward(2, 999);
  receive(3, 5'000, creation::initial_load);
  tested_.on_forwarded({4, at(5'000), 0, true});
  tested_.expire(at(9'000));
  EXPECT_EQ(tested_.unmatched().count(), 0U);
  EXPECT_EQ(tested_.remembered(), 0U);
}

TEST_F(overlap_test, remembers_no_more_than_a_window_however_long_it_lasts) {
  std::size_t most = 0;
  for (int ms = 1'000; ms < 60'000; ms += 10) {
    const auto key = static_cast<content_key>(ms);
    if (ms % 1'000 == 0) {
      receive(key, ms);      // only the new one has it
      forward(key + 1, ms);  // only the serving one
    } else {
      forward(key, ms);
      EXPECT_EQ(receive(key, ms + 5), dropped);
    }
    tested_.expire(at(ms));
    static_cast<void>(settled());
    most = std::max(most, tested_.remembered());
  }
  EXPECT_LT(most, 250U);
  EXPECT_GT(tested_.unmatched().held, 50U);
}

}  // namespace
}  // namespace gatehouse::events
