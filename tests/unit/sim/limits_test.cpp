#include "limits.hpp"

#include <gtest/gtest.h>

namespace gatehouse::sim {
namespace {

using namespace std::chrono_literals;
constexpr runtime::time_point start{};

TEST(sliding_window, admits_a_number_in_any_span) {
  sliding_window window(3, 10s);
  EXPECT_TRUE(window.admit(start));
  EXPECT_TRUE(window.admit(start + 4s));
  EXPECT_TRUE(window.admit(start + 8s));
  EXPECT_FALSE(window.admit(start + 9s));
  EXPECT_TRUE(window.admit(start + 10s));   // the first has left
  EXPECT_FALSE(window.admit(start + 13s));  // 4, 8, 10
  EXPECT_TRUE(window.admit(start + 14s));
}

TEST(identify_limits, admits_one_per_bucket_and_window) {
  using verdict = identify_limits::verdict;
  identify_limits limits(2, 5s, 1000);
  EXPECT_EQ(limits.admit(0, start), verdict::admitted);
  EXPECT_EQ(limits.admit(1, start), verdict::admitted);  // the other bucket
  EXPECT_EQ(limits.admit(2, start + 4999ms), verdict::too_fast);
  EXPECT_EQ(limits.admit(2, start + 5000ms), verdict::admitted);
  EXPECT_EQ(limits.remaining(), 997U);
}

TEST(identify_limits, ends_with_the_session_start_limit) {
  using verdict = identify_limits::verdict;
  identify_limits limits(16, 5s, 1);
  EXPECT_EQ(limits.admit(0, start), verdict::admitted);
  EXPECT_EQ(limits.admit(1, start + 1h), verdict::exhausted);
  limits.set_remaining(1);
  EXPECT_EQ(limits.admit(1, start + 1h), verdict::admitted);
}

}  // namespace
}  // namespace gatehouse::sim
