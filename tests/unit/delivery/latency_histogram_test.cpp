#include <gatehouse/delivery/latency_histogram.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <numeric>

namespace gatehouse::delivery {
namespace {

using namespace std::chrono_literals;

std::size_t bucket_of(runtime::duration took) {
  latency_histogram one;
  one.add(took);
  const auto& counts = one.by_bucket();
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0U), 1U);
  return static_cast<std::size_t>(std::find(counts.begin(), counts.end(), 1U) - counts.begin());
}

TEST(latency_histogram, bounds_ascend) {
  const auto& bounds = latency_histogram::bounds;
  EXPECT_TRUE(std::is_sorted(bounds.begin(), bounds.end()));
  EXPECT_EQ(std::adjacent_find(bounds.begin(), bounds.end()), bounds.end());
}

TEST(latency_histogram, a_bound_belongs_to_its_bucket) {
  for (std::size_t i = 0; i < latency_histogram::bounds.size(); ++i) {
    EXPECT_EQ(bucket_of(latency_histogram::bounds[i]), i);
    EXPECT_EQ(bucket_of(latency_histogram::bounds[i] + 1ns), i + 1);
  }
  EXPECT_EQ(bucket_of(24h), latency_histogram::bounds.size());
}

TEST(latency_histogram, what_ends_before_it_began_took_no_time) {
  latency_histogram one;
  one.add(-3s);
  EXPECT_EQ(one.by_bucket().front(), 1U);
  EXPECT_EQ(one.sum_seconds(), 0);
}

TEST(latency_histogram, sums_another_one_up) {
  latency_histogram sum;
  sum.add(2ms);
  latency_histogram other;
  other.add(2ms);
  other.add(3s);
  sum.add(other);
  EXPECT_EQ(sum.by_bucket()[bucket_of(2ms)], 2U);
  EXPECT_EQ(sum.by_bucket()[bucket_of(3s)], 1U);
  EXPECT_DOUBLE_EQ(sum.sum_seconds(), 3.004);
}

}  // namespace
}  // namespace gatehouse::delivery
