#include <gatehouse/delivery/verdict.hpp>

#include <gtest/gtest.h>

namespace gatehouse::delivery {
namespace {

constexpr std::int64_t now_1994 = 784'111'777;  // Sun, 06 Nov 1994 08:49:37 GMT

decision what(int status) {
  return judge(status, "", 0).what;
}

TEST(verdict, every_2xx_is_delivered) {
  for (int status = 200; status < 300; ++status) EXPECT_EQ(what(status), decision::delivered);
}

TEST(verdict, handler_trouble_is_retried) {
  for (const int status : {408, 425, 429, 500, 502, 503, 504, 599}) {
    EXPECT_EQ(what(status), decision::retry) << status;
  }
}

TEST(verdict, a_wrong_secret_or_path_throws_nothing_away) {
  for (const int status : {401, 403, 404, 405, 301, 302, 307, 308, 101}) {
    EXPECT_EQ(what(status), decision::misconfigured) << status;
    EXPECT_FALSE(misconfiguration_hint(status).empty());
  }
  EXPECT_NE(misconfiguration_hint(401), misconfiguration_hint(404));
}

TEST(verdict, other_4xx_are_refused) {
  for (const int status : {400, 402, 406, 409, 410, 413, 415, 418, 422, 451}) {
    EXPECT_EQ(what(status), decision::refused) << status;
  }
}

TEST(verdict, overload_speaks_for_the_whole_handler) {
  EXPECT_TRUE(judge(429, "", 0).is_down_at_once);
  EXPECT_TRUE(judge(503, "", 0).is_down_at_once);
  EXPECT_FALSE(judge(500, "", 0).is_down_at_once);
  EXPECT_TRUE(judge(500, "3", 0).is_down_at_once);
  EXPECT_EQ(judge(503, "7", 0).wait, runtime::seconds{7});
  EXPECT_EQ(judge(503, "", 0).wait, std::nullopt);
}

TEST(verdict, only_a_missing_connection_is_down_at_once) {
  EXPECT_TRUE(judge(transport_failure::no_connection).is_down_at_once);
  for (const auto failure :
       {transport_failure::timed_out, transport_failure::lost, transport_failure::bad_answer}) {
    EXPECT_EQ(judge(failure), (verdict{decision::retry, false, std::nullopt}));
  }
}

TEST(verdict, the_wait_comes_with_every_failing_status) {
  for (const int status : {302, 400, 403, 404, 408, 413, 425, 429, 500, 502, 503, 599}) {
    EXPECT_EQ(judge(status, "1.5", 0).wait, runtime::milliseconds{1'500}) << status;
    EXPECT_EQ(judge(status, "3600", 0).wait, max_retry_after) << status;
    EXPECT_EQ(judge(status, "Sun, 06 Nov 1994 08:49:37 GMT", now_1994 - 9).wait,
              runtime::seconds{9})
        << status;
    EXPECT_EQ(judge(status, "soon", 0).wait, std::nullopt) << status;
  }
  EXPECT_EQ(judge(200, "7", 0), verdict{});
  EXPECT_FALSE(judge(404, "7", 0).is_down_at_once);
}

}  // namespace
}  // namespace gatehouse::delivery
