#include <gatehouse/delivery/handler_health.hpp>
#include <gatehouse/runtime/random.hpp>

#include <gtest/gtest.h>

namespace gatehouse::delivery {
namespace {

using runtime::milliseconds;
using runtime::seconds;

constexpr auto start = runtime::time_point{seconds{100}};
constexpr verdict trouble{decision::retry, false, std::nullopt};
constexpr verdict gone{decision::retry, true, std::nullopt};

struct health_fixture : ::testing::Test {
  double next_random = 0.5;
  handler_health health{[this](int tries) {
                          return runtime::growing_pause(tries, milliseconds{200},
                                                        milliseconds{1000}, next_random,
                                                        milliseconds{50});
                        },
                        start};
};

TEST_F(health_fixture, starts_up) {
  EXPECT_TRUE(health.is_up());
}

TEST_F(health_fixture, is_down_at_once_without_a_connection) {
  EXPECT_TRUE(health.failed(gone, "refused", false, start));
  EXPECT_EQ(health.state(), health_state::down);
  EXPECT_EQ(health.last_error(), "refused");
  EXPECT_EQ(health.since(), start);
}

TEST_F(health_fixture, one_poisonous_event_does_not_take_it_down) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(health.failed(trouble, "500", false, start));
    EXPECT_FALSE(health.failed(trouble, "500", false, start));
    EXPECT_FALSE(health.succeeded(false, start));
  }
  EXPECT_TRUE(health.is_up());
}

TEST_F(health_fixture, three_failures_in_a_row_take_it_down) {
  EXPECT_FALSE(health.failed(trouble, "500", false, start));
  EXPECT_FALSE(health.failed(trouble, "500", false, start));
  EXPECT_TRUE(health.failed(trouble, "500", false, start));
  EXPECT_FALSE(health.is_up());
}

TEST_F(health_fixture, probes_one_at_a_time_after_a_growing_pause) {
  health.failed(gone, "", false, start);
  // Half way between 50 ms, the floor, and 200 ms.
  EXPECT_EQ(health.next_probe(), start + milliseconds{125});
  EXPECT_FALSE(health.probe_is_due(start + milliseconds{124}));
  EXPECT_TRUE(health.probe_is_due(start + milliseconds{125}));
  health.begin_probe();
  EXPECT_EQ(health.state(), health_state::probing);
  EXPECT_FALSE(health.probe_is_due(start + seconds{10}));
  health.failed(gone, "", true, start);
  EXPECT_EQ(health.next_probe(), start + milliseconds{225});
  for (int i = 0; i < 50; ++i) health.failed(gone, "", true, start);
  EXPECT_EQ(health.next_probe(), start + milliseconds{525});
}

TEST_F(health_fixture, never_probes_in_a_busy_loop) {
  next_random = 0.0;
  health.failed(gone, "", false, start);
  EXPECT_EQ(health.next_probe(), start + milliseconds{50});
}

TEST_F(health_fixture, only_a_probe_brings_it_back) {
  health.failed(gone, "", false, start);
  EXPECT_FALSE(health.succeeded(false, start));
  EXPECT_FALSE(health.is_up());
  health.begin_probe();
  EXPECT_TRUE(health.succeeded(true, start + seconds{3}));
  EXPECT_TRUE(health.is_up());
  EXPECT_EQ(health.since(), start + seconds{3});
}

TEST_F(health_fixture, begins_with_short_pauses_again_after_a_recovery) {
  health.failed(gone, "", false, start);
  for (int i = 0; i < 5; ++i) health.failed(gone, "", true, start);
  health.begin_probe();
  health.succeeded(true, start);
  health.failed(gone, "", false, start);
  EXPECT_EQ(health.next_probe(), start + milliseconds{125});
}

TEST_F(health_fixture, honours_retry_after) {
  health.failed({decision::retry, true, seconds{7}}, "429", false, start);
  EXPECT_EQ(health.next_probe(), start + seconds{7});
  // A late answer of an earlier request may only prolong it.
  health.failed({decision::retry, true, seconds{5}}, "429", false, start);
  EXPECT_EQ(health.next_probe(), start + seconds{7});
  health.failed({decision::retry, true, seconds{9}}, "429", false, start);
  EXPECT_EQ(health.next_probe(), start + seconds{9});
}

}  // namespace
}  // namespace gatehouse::delivery
