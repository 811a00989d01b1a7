#include <gatehouse/rest/retry_policy.hpp>

#include <boost/asio/error.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace gatehouse::rest {
namespace {

using runtime::milliseconds;
using std::chrono::hours;
using testing::HasSubstr;

constexpr std::int64_t now_1994 = 784'111'777;  // Sun, 06 Nov 1994 08:49:37 GMT

failed_request status(unsigned code) {
  failed_request failure;
  failure.status = code;
  return failure;
}

retry_later later(const failed_request& failure, int attempt = 1, double random = 0.5,
                  authorization_kind kind = authorization_kind::bot_token) {
  const auto next = judge(failure, kind, attempt, random, now_1994);
  const auto* found = std::get_if<retry_later>(&next);
  EXPECT_NE(found, nullptr) << "gave up";
  return found != nullptr ? *found : retry_later{};
}

TEST(retry_policy, a_refused_bot_token_is_final) {
  const auto next = judge(status(401), authorization_kind::bot_token, 1, 0.5, 0);
  ASSERT_TRUE(std::holds_alternative<give_up>(next));
  EXPECT_THAT(std::get<give_up>(next).reason, HasSubstr("bot token"));
}

TEST(retry_policy, a_refused_proxy_secret_is_retried_and_named) {
  const auto next = later(status(401), 1, 0.5, authorization_kind::proxy_secret);
  EXPECT_EQ(next.level, severity::error);
  EXPECT_THAT(next.reason, HasSubstr("rest.authorization"));
}

TEST(retry_policy, likely_misconfigurations_are_errors) {
  EXPECT_THAT(later(status(404)).reason, HasSubstr("rest.url"));
  EXPECT_EQ(later(status(404)).level, severity::error);
  EXPECT_EQ(later(status(403)).level, severity::error);
  EXPECT_EQ(later(status(502)).level, severity::warning);
}

TEST(retry_policy, backoff_doubles_to_a_minute) {
  const std::vector<int> ceilings{1, 2, 4, 8, 16, 32, 60, 60, 60};
  for (std::size_t i = 0; i < ceilings.size(); ++i) {
    const int attempt = static_cast<int>(i) + 1;
    EXPECT_EQ(later(status(503), attempt, 0.5).delay, milliseconds{ceilings[i] * 500});
    EXPECT_EQ(later(status(503), attempt, 0.0).delay, milliseconds{0});
  }
  EXPECT_EQ(later(status(503), 1'000'000, 0.5).delay, milliseconds{30'000});
}

TEST(retry_policy, transport_errors_and_unusable_answers_back_off) {
  failed_request refused;
  refused.error = boost::asio::error::connection_refused;
  EXPECT_EQ(later(refused, 2).delay, milliseconds{1'000});
  EXPECT_THAT(later(refused).reason, HasSubstr("Connection refused"));

  auto malformed = status(200);
  malformed.malformed = "`shards` is 0";
  EXPECT_THAT(later(malformed).reason, HasSubstr("`shards` is 0"));
}

TEST(retry_policy, a_rate_limit_goes_by_its_header_before_its_body) {
  auto limited = status(429);
  limited.retry_after = "65";
  limited.body = R"({"message":"You are being rate limited.","retry_after":3.25,"global":false})";
  EXPECT_EQ(later(limited).delay, milliseconds{65'000});
  EXPECT_EQ(later(limited).level, severity::warning);
  limited.retry_after.reset();
  EXPECT_EQ(later(limited).delay, milliseconds{3'250});
  limited.retry_after = "soon";
  EXPECT_EQ(later(limited).delay, milliseconds{3'250});
}

TEST(retry_policy, a_rate_limit_of_hours_is_honoured) {
  auto limited = status(429);
  limited.retry_after = "82800";
  EXPECT_EQ(later(limited).delay, hours{23});
}

TEST(retry_policy, a_date_is_waited_for) {
  auto limited = status(429);
  limited.retry_after = "Sun, 06 Nov 1994 08:50:37 GMT";
  EXPECT_EQ(later(limited).delay, milliseconds{60'000});
}

TEST(retry_policy, any_failure_may_ask_for_time) {
  for (const unsigned code : {403U, 404U, 500U, 502U, 503U}) {
    auto failure = status(code);
    failure.retry_after = "5";
    EXPECT_EQ(later(failure).delay, milliseconds{5'000}) << code;
  }
}

TEST(retry_policy, more_than_a_week_is_a_week) {
  auto limited = status(429);
  limited.retry_after = "604801";
  EXPECT_EQ(later(limited).delay, hours{7 * 24});
}

TEST(retry_policy, a_ban_without_a_time_is_left_alone_for_a_minute) {
  auto banned = status(429);
  banned.body = "error code: 1015";
  EXPECT_EQ(later(banned).delay, milliseconds{60'000});
  banned.status = 403;
  EXPECT_EQ(later(banned).delay, milliseconds{60'000});
}

TEST(retry_policy, an_html_rate_limit_uses_the_header_or_waits_a_minute) {
  auto limited = status(429);
  limited.body = "<html><title>Access denied</title></html>";
  EXPECT_EQ(later(limited, 3).delay, milliseconds{60'000});
  limited.retry_after = "7.5";
  EXPECT_EQ(later(limited, 3).delay, milliseconds{7'500});
}

TEST(retry_policy, a_zero_over_and_over_is_no_tight_loop) {
  auto limited = status(429);
  limited.retry_after = "0";
  EXPECT_EQ(later(limited, 5).delay, milliseconds{8'000});
}

TEST(retry_after_body, takes_numbers_only) {
  EXPECT_EQ(read_retry_after(R"({"retry_after":2})"), milliseconds{2'000});
  EXPECT_EQ(read_retry_after(R"({"retry_after":0.3334})"), milliseconds{334});
  EXPECT_EQ(read_retry_after(R"({"retry_after":1e12})"), hours{7 * 24});
  for (const auto* body : {"", "[]", "{}", R"({"retry_after":"2"})", R"({"retry_after":-1})",
                           R"({"retry_after":null})"}) {
    EXPECT_EQ(read_retry_after(body), std::nullopt) << body;
  }
}

}  // namespace
}  // namespace gatehouse::rest
