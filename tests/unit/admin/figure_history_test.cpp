#include <gatehouse/admin/figure_history.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::admin {
namespace {

using testing::DoubleNear;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

figure_sample sample_at(int second) {
  figure_sample sample;
  sample.at = runtime::time_point{runtime::seconds{second}};
  sample.unix_ms = second * 1000LL;
  sample.received = static_cast<std::uint64_t>(second) * 10;
  sample.delivered = static_cast<std::uint64_t>(second) * 9;
  sample.queued = static_cast<std::uint64_t>(second);
  sample.cpu_seconds = second * 0.25;
  sample.resident_bytes = 1'000;
  return sample;
}

TEST(figure_history, has_rates_between_samples) {
  figure_history history;
  history.add(sample_at(0));
  EXPECT_THAT(history.read(runtime::seconds{900}), IsEmpty());
  history.add(sample_at(5));
  const auto points = history.read(runtime::seconds{900});
  ASSERT_THAT(points, SizeIs(1));
  EXPECT_EQ(points[0].unix_ms, 5'000);
  EXPECT_DOUBLE_EQ(points[0].received_per_second, 10);
  EXPECT_DOUBLE_EQ(points[0].delivered_per_second, 9);
  EXPECT_EQ(points[0].queued, 5U);
  EXPECT_DOUBLE_EQ(points[0].cpu, 0.25);
  EXPECT_FALSE(points[0].p50.has_value());
}

TEST(figure_history, keeps_an_hour_and_shows_a_bounded_number_of_points) {
  figure_history history;
  for (int second = 0; second <= 20'000; second += 5) history.add(sample_at(second));
  for (const int minutes : {1, 15, 60}) {
    const auto points = history.read(std::chrono::minutes{minutes});
    ASSERT_FALSE(points.empty());
    EXPECT_LE(points.size(), figure_history::shown_points);
    EXPECT_EQ(points.back().unix_ms, 20'000'000);
    for (const auto& point : points) EXPECT_DOUBLE_EQ(point.received_per_second, 10);
  }
  const auto hour = history.read(std::chrono::minutes{60});
  EXPECT_EQ(hour.front().unix_ms, (20'000 - 3'600 + 20) * 1000LL);
}

TEST(figure_history, counters_that_fall_are_no_negative_rate) {
  figure_history history;
  history.add(sample_at(100));
  auto after = sample_at(105);
  after.received = 0;
  history.add(after);
  EXPECT_DOUBLE_EQ(history.read(runtime::seconds{60}).at(0).received_per_second, 0);
}

TEST(figure_history, a_clock_that_stands_still_divides_by_nothing) {
  figure_history history;
  history.add(sample_at(5));
  history.add(sample_at(5));
  EXPECT_DOUBLE_EQ(history.read(runtime::seconds{60}).at(0).received_per_second, 0);
}

TEST(figure_history, quantiles_are_those_of_what_came_between) {
  delivery::latency_histogram before;
  for (int i = 0; i < 1'000; ++i) before.add(runtime::seconds{30});
  auto after = before;
  EXPECT_EQ(quantile(before, after, 0.5), std::nullopt);
  for (int i = 0; i < 98; ++i) after.add(runtime::milliseconds{20});
  for (int i = 0; i < 2; ++i) after.add(runtime::seconds{90});
  EXPECT_THAT(quantile(before, after, 0.5), Optional(DoubleNear(0.0177, 0.001)));
  EXPECT_THAT(quantile(before, after, 0.95), Optional(DoubleNear(0.0245, 0.001)));
  EXPECT_THAT(quantile(before, after, 0.99), Optional(DoubleNear(60, 0.001)));
}

}  // namespace
}  // namespace gatehouse::admin
