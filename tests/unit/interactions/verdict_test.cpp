#include <gatehouse/interactions/verdict.hpp>

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

namespace gatehouse::interactions {
namespace {

namespace error = boost::asio::error;
using runtime::milliseconds;

constexpr std::string_view acknowledged =
    R"({"message":"Interaction has already been acknowledged.","code":40060})";
constexpr std::string_view unknown = R"({"message":"Unknown interaction", "code": 10062})";

verdict judge_answer(const callback_answer& answer, const circumstances& now = {}) {
  return judge(answer, now, {});
}
verdict failure(std::string reason) {
  return settled{outcome::failed, std::move(reason)};
}

TEST(callback_verdict, success_is_an_answer) {
  for (const unsigned status : {200U, 202U, 204U}) {
    EXPECT_EQ(judge_answer({.status = status}), (verdict{settled{outcome::answered, {}}}));
  }
}

TEST(callback_verdict, somebody_was_faster) {
  EXPECT_EQ(judge_answer({.status = 400, .body = acknowledged}),
            (verdict{settled{outcome::already_acknowledged, {}}}));
}

TEST(callback_verdict, it_was_too_late) {
  EXPECT_EQ(judge_answer({.status = 404, .body = unknown}),
            (verdict{settled{outcome::unknown_interaction, {}}}));
}

TEST(callback_verdict, an_earlier_try_of_our_own_was_faster) {
  EXPECT_EQ(judge_answer({.status = 400, .body = acknowledged}, {.may_have_arrived = true}),
            (verdict{settled{outcome::answered, {}}}));
}

TEST(callback_verdict, looks_into_the_answer_of_a_rest_process) {
  const callback_answer wrapped{
      .status = 500,
      .body =
          R"({"ok":false,"status":400,"error":"…","body":"{\"message\":\"…\",\"code\":40060}"})"};
  EXPECT_EQ(judge_answer(wrapped), (verdict{settled{outcome::already_acknowledged, {}}}));
}

TEST(callback_verdict, waits_for_a_rate_limit_that_ends_in_time) {
  EXPECT_EQ(judge_answer({.status = 429, .retry_after = "0.6"}, {.age = milliseconds{2'400}}),
            (verdict{try_again{milliseconds{600}, false}}));
  EXPECT_EQ(
      judge_answer({.status = 429, .body = R"({"retry_after":0.3})"}, {.may_have_arrived = true}),
      (verdict{try_again{milliseconds{300}, true}}));
  EXPECT_EQ(judge_answer({.status = 429, .retry_after = "Sun, 06 Nov 1994 08:49:37 GMT"},
                         {.unix_now = 784'111'776}),
            (verdict{try_again{milliseconds{1'000}, false}}));
  EXPECT_EQ(judge_answer({.status = 429, .retry_after = "0.6"}, {.age = milliseconds{2'401}}),
            failure("rate limited (HTTP 429)"));
}

TEST(callback_verdict, a_rate_limit_without_a_time_backs_off) {
  EXPECT_EQ(judge_answer({.status = 429, .retry_after = "0"}, {.attempt = 2}),
            (verdict{try_again{milliseconds{50}, false}}));
}

TEST(callback_verdict, tries_again_quickly_after_trouble) {
  const verdict after_25_ms = try_again{milliseconds{25}, true};
  EXPECT_EQ(judge_answer({.status = 502}), after_25_ms);
  EXPECT_EQ(judge_answer({.status = 408}), after_25_ms);
  EXPECT_EQ(judge_answer({.error = error::connection_reset, .may_have_arrived = true}),
            after_25_ms);
}

TEST(callback_verdict, trouble_backs_off) {
  EXPECT_EQ(judge_answer({.status = 500}, {.attempt = 3, .random = 0.5}),
            (verdict{try_again{milliseconds{150}, true}}));
  EXPECT_EQ(judge_answer({.status = 500}, {.attempt = 1'000}),
            (verdict{try_again{milliseconds{200}, true}}));
}

TEST(callback_verdict, trouble_ends_with_the_window) {
  EXPECT_EQ(judge_answer({.status = 500}, {.age = milliseconds{2'775}}),
            (verdict{try_again{milliseconds{25}, true}}));
  EXPECT_EQ(judge_answer({.status = 500}, {.age = milliseconds{2'776}}), failure("HTTP 500"));
  EXPECT_EQ(judge_answer({.error = error::connection_reset}, {.age = milliseconds{2'900}}),
            failure("no answer: " + make_error_code(error::connection_reset).message()));
}

TEST(callback_verdict, what_was_not_sent_whole_has_not_arrived) {
  for (const auto code : {error::connection_refused, error::connection_reset, error::timed_out}) {
    EXPECT_EQ(judge_answer({.error = code}), (verdict{try_again{milliseconds{25}, false}}));
  }
  EXPECT_EQ(judge_answer({.error = error::connection_refused}, {.may_have_arrived = true}),
            (verdict{try_again{milliseconds{25}, true}}))
      << "an earlier one may have";
}

TEST(callback_verdict, a_first_try_that_was_sent_whole_is_ours_when_acknowledged) {
  const auto next =
      judge_answer({.error = boost::asio::error::connection_reset, .may_have_arrived = true});
  const auto* again = std::get_if<try_again>(&next);
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(judge_answer({.status = 400, .body = acknowledged},
                         {.attempt = 2, .may_have_arrived = again->may_have_arrived}),
            (verdict{settled{outcome::answered, {}}}));
}

TEST(callback_verdict, other_refusals_are_final_and_explained) {
  EXPECT_EQ(
      judge_answer({.status = 400, .body = R"({"message":"Invalid Form Body","code":50035})"}),
      failure("HTTP 400, code 50035"));
  EXPECT_EQ(judge_answer({.status = 401, .body = R"({"message":"401: Unauthorized","code":0})"}),
            failure("HTTP 401: rest.authorization is probably not what the REST proxy expects"));
  EXPECT_EQ(judge_answer({.status = 404, .body = "<html>"}),
            failure("HTTP 404: rest.url probably misses a path, or has one too many"));
  EXPECT_EQ(judge_answer({.status = 302}), failure("HTTP 302"));
}

TEST(discord_error_code, is_found_where_there_is_one) {
  EXPECT_EQ(discord_error_code(R"({"code":40060})"), 40060);
  EXPECT_EQ(discord_error_code(R"({"code" : 0,"errors":{"code":"X"},"code":10062})"), 10062);
  EXPECT_EQ(discord_error_code(R"("{\"code\": 10062}")"), 10062);
  EXPECT_EQ(discord_error_code(R"({"code":"BASE_TYPE_REQUIRED"})"), 0);
  EXPECT_EQ(discord_error_code("code40060"), 0);
  EXPECT_EQ(discord_error_code("code"), 0);
  EXPECT_EQ(discord_error_code(""), 0);
}

}  // namespace
}  // namespace gatehouse::interactions
