#include <gatehouse/telemetry/log_fields.hpp>
#include <gatehouse/telemetry/repeat_limit.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <log_capture.hpp>
#include <set>
#include <string>

namespace gatehouse::telemetry {
namespace {

using config::log_level;
using testing::ElementsAre;

TEST(log_fields, a_line_says_what_it_is_about_in_prose_and_as_members) {
  test::log_capture captured;
  write_line(*captured.log(), log_level::warn,
             {{log_field::worker, 3}, {log_field::url, "http://bot/\"x\""}},
             "worker {}: handler {} is down", 3, "http://bot/\"x\"");
  EXPECT_THAT(captured.lines(), ElementsAre("warning: worker 3: handler http://bot/\"x\" is down"));
  EXPECT_THAT(captured.members(), ElementsAre(R"(,"worker":3,"url":"http://bot/\"x\"")"));
}

TEST(log_fields, an_empty_text_is_no_member) {
  test::log_capture captured;
  write_line(*captured.log(), log_level::info,
             {{log_field::event_id, ""}, {log_field::status, 0}, {log_field::seq, -1}}, "said");
  EXPECT_THAT(captured.members(), ElementsAre(R"(,"status":0,"seq":-1)"));
}

TEST(log_fields, a_line_without_members_is_prose_whatever_it_looks_like) {
  test::log_capture captured;
  captured.log()->info("{}", ",\"shard\":3 said a neighbour");
  EXPECT_THAT(captured.lines(), ElementsAre("info: ,\"shard\":3 said a neighbour"));
  EXPECT_THAT(captured.members(), ElementsAre(""));
}

TEST(log_fields, a_level_that_is_left_out_writes_nothing) {
  test::log_capture captured;
  captured.log()->set_level(spdlog::level::warn);
  write_line(*captured.log(), log_level::info, {{log_field::shard, 1}}, "shard {}", 1);
  EXPECT_TRUE(captured.lines().empty());
}

TEST(log_fields, every_name_is_one_of_its_own) {
  std::set<std::string_view> names;
  for (auto i = static_cast<int>(log_field::first); i <= static_cast<int>(log_field::last); ++i) {
    EXPECT_TRUE(names.insert(to_string(static_cast<log_field>(i))).second) << i;
  }
  EXPECT_FALSE(names.contains("unknown"));
}

constexpr runtime::time_point start{runtime::seconds{100}};

TEST(repeat_limit, lets_the_first_of_a_window_through_and_counts_the_others) {
  repeat_limit limit;
  std::uint64_t written = 0;
  for (int i = 0; i < 417; ++i) written += limit.admit(start + runtime::milliseconds{i}) ? 1U : 0U;
  EXPECT_EQ(written, repeat_limit::burst);
  EXPECT_TRUE(limit.is_keeping_back());
  EXPECT_EQ(limit.take_due(start + runtime::milliseconds{59'999}), 0U);
  EXPECT_EQ(limit.take_due(start + repeat_limit::window), 412U);
  EXPECT_EQ(limit.take_due(start + repeat_limit::window), 0U);
  EXPECT_FALSE(limit.is_keeping_back());
}

TEST(repeat_limit, a_next_window_begins_with_the_next_line) {
  repeat_limit limit;
  for (int i = 0; i < 10; ++i) static_cast<void>(limit.admit(start));
  EXPECT_TRUE(limit.admit(start + repeat_limit::window));
  EXPECT_EQ(limit.take_all(), 0U);
}

TEST(repeat_limit, who_stops_tells_what_was_kept_back_so_far) {
  repeat_limit limit;
  for (std::uint64_t i = 0; i < repeat_limit::burst + 7; ++i) static_cast<void>(limit.admit(start));
  EXPECT_EQ(limit.take_all(), 7U);
}

}  // namespace
}  // namespace gatehouse::telemetry
