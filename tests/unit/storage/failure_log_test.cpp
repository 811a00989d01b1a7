#include "failure_log.hpp"

#include <gtest/gtest.h>

namespace gatehouse::storage {
namespace {

using runtime::seconds;
using runtime::time_point;

TEST(failure_log, tells_the_first_failure_at_once_and_then_one_summary_a_minute) {
  failure_log log;
  const time_point start{};
  EXPECT_EQ(log.failed(start), 1U);
  EXPECT_EQ(log.failed(start + seconds{1}), std::nullopt);
  EXPECT_EQ(log.failed(start + seconds{59}), std::nullopt);
  EXPECT_EQ(log.failed(start + seconds{60}), 3U);
  EXPECT_EQ(log.failed(start + seconds{61}), std::nullopt);
}

TEST(failure_log, tells_once_that_it_works_again) {
  failure_log log;
  EXPECT_FALSE(log.succeeded());
  log.failed(time_point{});
  EXPECT_TRUE(log.succeeded());
  EXPECT_FALSE(log.succeeded());
}

TEST(failure_log, a_failure_that_comes_and_goes_is_told_no_more_often) {
  failure_log log;
  const time_point start{};
  EXPECT_EQ(log.failed(start), 1U);
  EXPECT_TRUE(log.succeeded());
  EXPECT_EQ(log.failed(start + seconds{1}), std::nullopt);
  EXPECT_FALSE(log.succeeded()) << "its end is told only if it was";
  EXPECT_EQ(log.failed(start + seconds{60}), 2U);
  EXPECT_TRUE(log.succeeded());
}

}  // namespace
}  // namespace gatehouse::storage
