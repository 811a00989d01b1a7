#include <gatehouse/events/session_log.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace gatehouse::events {
namespace {

session_log_ptr make_log(std::int64_t first_safe_seq = 0) {
  return session_log_ptr{new session_log{3, "session", first_safe_seq}};
}

TEST(session_log, a_new_session_is_safe_at_zero) {
  const auto log = make_log();
  EXPECT_EQ(log->safe_seq(), 0);
  EXPECT_EQ(log->open_events(), 0U);
  EXPECT_EQ(log->shard_id(), 3);
  EXPECT_EQ(log->session_id(), "session");
}

TEST(session_log, a_resumed_session_begins_where_it_was_stored) {
  const auto log = make_log(812);
  EXPECT_EQ(log->safe_seq(), 812);
  log->open(813);
  EXPECT_EQ(log->safe_seq(), 812);
  log->settle(813);
  EXPECT_EQ(log->safe_seq(), 813);
}

TEST(session_log, event_ids_begin_with_the_session_id_whatever_that_is) {
  EXPECT_EQ(make_log()->event_id_prefix(), "session:");
  EXPECT_EQ(session_log(3, "a_B-9.\r\n\":x", 0).event_id_prefix(), "a_B-9.____x:");
}

TEST(session_log, holds_the_guilds_of_its_session) {
  const auto fresh = make_log();
  EXPECT_EQ(fresh->guilds().known(), 0U);
  fresh->guilds().on_ready(1, {7});
  EXPECT_EQ(fresh->guilds().loading(), 1U);
  const session_log resumed{3, "session", 812, guild_cache{saved_guilds{{7, 8}, {9}}}};
  EXPECT_EQ(resumed.guilds().known(), 3U);
}

TEST(session_log, the_safe_position_stops_below_the_oldest_open_event) {
  const auto log = make_log();
  for (std::int64_t seq = 1; seq <= 4; ++seq) log->open(seq);
  log->settle(2);
  log->settle(4);
  EXPECT_EQ(log->safe_seq(), 0);
  log->settle(1);
  EXPECT_EQ(log->safe_seq(), 2);
  log->settle(3);
  EXPECT_EQ(log->safe_seq(), 4);
  EXPECT_EQ(log->open_events(), 0U);
}

TEST(session_log, settling_twice_counts_once) {
  const auto log = make_log();
  log->open(1);
  log->open(2);
  log->settle(2);
  log->settle(2);
  EXPECT_EQ(log->open_events(), 1U);
  EXPECT_EQ(log->safe_seq(), 0);
}

TEST(session_log, unknown_seqs_are_ignored) {
  const auto log = make_log(5);
  log->settle(9);
  log->open(7);
  log->settle(6);
  log->settle(5);
  EXPECT_EQ(log->safe_seq(), 5);
  EXPECT_EQ(log->open_events(), 1U);
}

TEST(session_log, what_is_not_newer_is_not_opened_again) {
  const auto log = make_log(10);
  log->open(10);
  log->open(4);
  EXPECT_EQ(log->open_events(), 0U);
  log->open(11);
  log->open(11);
  EXPECT_EQ(log->open_events(), 1U);
}

TEST(session_log, gaps_in_the_numbering_do_not_hold_it_up) {
  const auto log = make_log();
  log->open(3);
  log->open(9);
  log->settle(3);
  EXPECT_EQ(log->safe_seq(), 3);
  log->settle(9);
  EXPECT_EQ(log->safe_seq(), 9);
}

/// The same facts, kept in the simplest way.
class model {
 public:
  explicit model(std::int64_t first_safe_seq) : newest_(first_safe_seq), safe_(first_safe_seq) {}

  void open(std::int64_t seq) {
    if (seq <= newest_) return;
    newest_ = seq;
    open_.insert(seq);
    known_.insert(seq);
  }
  void settle(std::int64_t seq) {
    open_.erase(seq);
    const auto limit = open_.empty() ? newest_ + 1 : *open_.begin();
    for (const auto known : known_) {
      if (known < limit) safe_ = std::max(safe_, known);
    }
  }
  [[nodiscard]] std::int64_t safe_seq() const { return safe_; }
  [[nodiscard]] std::size_t open_events() const { return open_.size(); }

 private:
  std::int64_t newest_;
  std::int64_t safe_;
  std::set<std::int64_t> open_;
  std::set<std::int64_t> known_;
};

class session_log_random : public testing::TestWithParam<unsigned> {};

TEST_P(session_log_random, agrees_with_a_simple_model) {
  std::mt19937 random{GetParam()};
  const auto roll = [&random](std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>{0, most}(random);
  };
  const std::int64_t first = roll(50);
  const auto log = make_log(first);
  model expected{first};
  std::int64_t newest = first;
  for (int step = 0; step < 600; ++step) {
    if (roll(1) == 0) {
      newest += roll(2);  // now and then a repetition or a gap
      log->open(newest);
      expected.open(newest);
    } else {
      const std::int64_t seq = std::max<std::int64_t>(0, newest + 2 - roll(20));
      log->settle(seq);
      expected.settle(seq);
    }
    ASSERT_EQ(log->safe_seq(), expected.safe_seq()) << "step " << step;
    ASSERT_EQ(log->open_events(), expected.open_events()) << "step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, session_log_random, testing::Range(1U, 21U));

TEST(session_log, an_event_that_was_taken_back_may_arrive_again) {
  const auto log = make_log();
  log->open(1);
  log->open(2);
  log->take_back(2);
  EXPECT_EQ(log->open_events(), 1U);
  log->settle(2);
  log->settle(1);
  EXPECT_EQ(log->safe_seq(), 1) << "what was taken back counts as not received";
  log->open(2);
  EXPECT_EQ(log->open_events(), 1U);
  log->settle(2);
  EXPECT_EQ(log->safe_seq(), 2);
}

TEST(session_log, takes_back_the_newest_event_only) {
  const auto log = make_log();
  log->take_back(1);
  log->open(1);
  log->open(2);
  log->take_back(1);
  EXPECT_EQ(log->open_events(), 2U);
  log->settle(1);
  log->settle(2);
  log->take_back(2);
  EXPECT_EQ(log->safe_seq(), 2);
}

}  // namespace
}  // namespace gatehouse::events
