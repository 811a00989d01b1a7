#include <gatehouse/gateway/heartbeat.hpp>

#include <gtest/gtest.h>

namespace gatehouse::gateway {
namespace {

using namespace std::chrono_literals;
using verdict = heartbeat::verdict;

constexpr runtime::time_point start{1h};

TEST(heartbeat, is_idle_until_hello_and_after_the_end) {
  heartbeat beat;
  EXPECT_EQ(beat.due(), std::nullopt);
  EXPECT_EQ(beat.check(start + 1h), verdict::not_due);
  beat.start(40s, 0.5, start);
  beat.stop();
  EXPECT_EQ(beat.due(), std::nullopt);
  EXPECT_EQ(beat.check(start + 1h), verdict::not_due);
}

TEST(heartbeat, spreads_the_first_beat_over_the_interval) {
  for (const double jitter : {0.0, 0.25, 0.999}) {
    heartbeat beat;
    beat.start(40s, jitter, start);
    EXPECT_GE(*beat.due(), start);
    EXPECT_LT(*beat.due(), start + 40s);
    EXPECT_NEAR(std::chrono::duration<double>(*beat.due() - start).count(), 40.0 * jitter, 1e-6);
  }
}

TEST(heartbeat, keeps_its_rhythm_when_called_late) {
  heartbeat beat;
  beat.start(40s, 0.0, start);
  EXPECT_EQ(beat.check(start + 3s), verdict::beat);
  EXPECT_EQ(beat.due(), start + 40s);
}

TEST(heartbeat, does_not_catch_up_after_a_stall) {
  heartbeat beat;
  beat.start(40s, 0.0, start);
  EXPECT_EQ(beat.check(start + 1h), verdict::beat);
  EXPECT_EQ(beat.due(), start + 1h + 40s);
}

TEST(heartbeat, may_be_sooner_than_asked_for) {
  heartbeat beat;
  beat.start(40s, 0.0, start);
  EXPECT_EQ(beat.check(start), verdict::beat);
  EXPECT_EQ(beat.pace(), 40s);
  beat.shorten(1s, start);
  EXPECT_EQ(beat.due(), start + 1s);
  EXPECT_EQ(beat.pace(), 1s);
  EXPECT_EQ(beat.check(start + 1s), verdict::beat);
  EXPECT_EQ(beat.due(), start + 41s) << "chosen anew after each beat";
  beat.shorten(80s, start + 1s);
  EXPECT_EQ(beat.due(), start + 41s);
}

TEST(heartbeat, sooner_beats_do_not_shorten_the_patience) {
  heartbeat beat;
  beat.start(40s, 0.0, start);
  for (int second = 0; second < 40; ++second) {
    EXPECT_EQ(beat.check(start + std::chrono::seconds{second}), verdict::beat);
    beat.shorten(1s, start + std::chrono::seconds{second});
  }
  EXPECT_EQ(beat.check(start + 40s), verdict::zombie);
}

TEST(heartbeat, takes_any_traffic_for_life) {
  heartbeat beat;
  beat.start(40s, 0.0, start);
  EXPECT_EQ(beat.check(start), verdict::beat);
  beat.on_traffic();
  EXPECT_EQ(beat.check(start + 40s), verdict::beat);
  EXPECT_EQ(beat.check(start + 79s), verdict::not_due);
  EXPECT_EQ(beat.check(start + 80s), verdict::zombie);
}

TEST(heartbeat, never_takes_a_fresh_connection_for_dead) {
  heartbeat beat;
  beat.start(40s, 0.0, start);
  ASSERT_EQ(beat.check(start), verdict::beat);
  beat.start(40s, 0.1, start + 1s);
  EXPECT_EQ(beat.check(start + 5s), verdict::beat);
}

TEST(heartbeat, measures_the_round_trip) {
  heartbeat beat;
  beat.on_ack(start);
  EXPECT_EQ(beat.rtt(), std::nullopt);
  beat.start(40s, 0.0, start);
  ASSERT_EQ(beat.check(start), verdict::beat);
  beat.on_ack(start + 123ms);
  EXPECT_EQ(beat.rtt(), 123ms);
  beat.on_ack(start + 10s);  // nobody asked
  EXPECT_EQ(beat.rtt(), 123ms);
}

TEST(heartbeat, is_not_disturbed_by_a_beat_on_request) {
  heartbeat beat;
  beat.start(40s, 0.0, start);
  ASSERT_EQ(beat.check(start), verdict::beat);
  beat.on_traffic();
  beat.on_requested_beat(start + 39s + 990ms);
  EXPECT_EQ(beat.check(start + 40s), verdict::beat);
  EXPECT_EQ(beat.due(), start + 80s);
}

TEST(heartbeat, bytes_without_an_acknowledgement_are_life_for_so_long_only) {
  heartbeat beat;
  beat.start(40s, 0.0, start);
  for (int beats = 0; beats < heartbeat::most_unacknowledged; ++beats) {
    EXPECT_EQ(beat.check(start + beats * 40s), verdict::beat) << beats;
    beat.on_traffic();
  }
  EXPECT_EQ(beat.check(start + heartbeat::most_unacknowledged * 40s), verdict::unacknowledged);
}

TEST(heartbeat, an_acknowledgement_begins_the_patience_anew) {
  heartbeat beat;
  beat.start(40s, 0.0, start);
  for (int beats = 0; beats < 50; ++beats) {
    EXPECT_EQ(beat.check(start + beats * 40s), verdict::beat) << beats;
    beat.on_traffic();
    if (beats % 5 == 0) beat.on_ack(start + beats * 40s + 1s);
  }
}

TEST(heartbeat, another_connection_begins_the_patience_anew) {
  heartbeat beat;
  beat.start(40s, 0.0, start);
  EXPECT_EQ(beat.check(start), verdict::beat);
  beat.start(40s, 0.0, start + 10min);
  EXPECT_EQ(beat.check(start + 10min), verdict::beat);
}

TEST(heartbeat, sooner_beats_do_not_shorten_the_patience_for_acknowledgements) {
  heartbeat beat;
  beat.start(40s, 0.0, start);
  for (int second = 0; second < heartbeat::most_unacknowledged * 40; ++second) {
    beat.on_traffic();
    EXPECT_EQ(beat.check(start + std::chrono::seconds{second}), verdict::beat);
    beat.shorten(1s, start + std::chrono::seconds{second});
  }
}

}  // namespace
}  // namespace gatehouse::gateway
