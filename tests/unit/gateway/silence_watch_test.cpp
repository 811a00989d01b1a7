#include <gatehouse/gateway/silence_watch.hpp>

#include <gtest/gtest.h>

namespace gatehouse::gateway {
namespace {

using namespace std::chrono_literals;

class silence_watch_test : public testing::Test {
 public:
  /// One event every `gap` for `time`; how often it was found deaf meanwhile.
  int deliver(runtime::duration gap, runtime::duration time) {
    const auto end = now + time;
    auto next = now + gap;
    int alarms = 0;
    while (now < end) {
      now += 1s;
      for (; next <= now; next += gap) ++dispatches;
      alarms += look() ? 1 : 0;
    }
    return alarms;
  }
  /// How long until it is found deaf; at most `most`.
  runtime::duration silence(runtime::duration most) {
    const auto begin = now;
    while (now < begin + most) {
      now += 1s;
      if (look()) break;
    }
    return now - begin;
  }
  bool look() {
    if (acknowledges && now >= last_ack + 41s) last_ack = now;
    return watch.check(dispatches, last_ack, now);
  }

  silence_watch watch;
  std::uint64_t dispatches = 0;
  bool acknowledges = true;
  runtime::time_point now{1h};
  runtime::time_point last_ack{1h};
};

TEST_F(silence_watch_test, finds_a_busy_shard_deaf_after_a_minute) {
  EXPECT_EQ(deliver(100ms, 20min), 0);
  const auto found = silence(1h);
  EXPECT_GE(found, 60s);
  EXPECT_LE(found, 102s);        // the acknowledgement after the minute
  EXPECT_EQ(silence(10h), 10h);  // once
}

TEST_F(silence_watch_test, measures_by_the_shards_own_rate) {
  EXPECT_EQ(deliver(10s, 3h), 0);
  const auto found = silence(1h);
  EXPECT_GE(found, 480s);
  EXPECT_LE(found, 560s);
}

TEST_F(silence_watch_test, knows_nothing_of_a_shard_that_has_just_started) {
  EXPECT_EQ(deliver(10ms, 5min), 0);  // a large start, in a small bot
  EXPECT_EQ(watch.bound(), std::nullopt);
  EXPECT_EQ(silence(4h), 4h);
}

TEST_F(silence_watch_test, leaves_shards_with_little_traffic_alone) {
  EXPECT_EQ(deliver(30s, 3h), 0);
  for (int evening = 0; evening < 5; ++evening) {
    EXPECT_EQ(deliver(7min, 8h), 0);
    EXPECT_EQ(deliver(20s, 4h), 0);
  }
}

TEST_F(silence_watch_test, leaves_shards_alone_that_are_busy_in_bursts) {
  EXPECT_EQ(deliver(1min, 1h), 0);
  for (int burst = 0; burst < 50; ++burst) {
    EXPECT_EQ(deliver(50ms, 5min), 0);
    EXPECT_EQ(silence(2min), 2min);
  }
}

TEST_F(silence_watch_test, a_dead_connection_is_not_a_deaf_session) {
  EXPECT_EQ(deliver(100ms, 20min), 0);
  acknowledges = false;
  EXPECT_EQ(silence(10min), 10min);
}

TEST_F(silence_watch_test, the_time_without_a_connection_is_no_silence) {
  EXPECT_EQ(deliver(100ms, 20min), 0);
  watch.pause();
  now += 1h;
  EXPECT_EQ(deliver(100ms, 1min), 0);
  EXPECT_LE(*watch.bound(), 61s);
}

TEST_F(silence_watch_test, has_learned_from_a_silence_that_ended_by_itself) {
  EXPECT_EQ(deliver(100ms, 20min), 0);
  EXPECT_LE(silence(2min), 102s);
  EXPECT_EQ(silence(5min), 5min);
  EXPECT_EQ(deliver(100ms, 30min), 0);
  EXPECT_EQ(silence(6min), 6min);
}

TEST_F(silence_watch_test, tries_ever_more_seldom_what_does_not_help) {
  EXPECT_EQ(deliver(100ms, 20min), 0);
  EXPECT_LE(silence(1h), 102s);
  for (int attempt = 1; attempt <= 3; ++attempt) {
    watch.pause();
    ++dispatches;  // RESUMED
    const auto found = silence(1h);
    EXPECT_GE(found, 60s * (1 << attempt));
    EXPECT_LE(found, 60s * (1 << attempt) + 43s);
  }
  watch.pause();
  EXPECT_EQ(deliver(100ms, 20min), 0);
  EXPECT_LE(silence(1h), 102s);
}

}  // namespace
}  // namespace gatehouse::gateway
