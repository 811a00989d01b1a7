#include <gatehouse/cluster/gateway_inquiry.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::cluster {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using attempt_result = boost::system::result<rest::gateway_bot, rest::failed_request>;

rest::failed_request failed(unsigned status, std::optional<std::string> retry_after = {},
                            std::string body = {}) {
  rest::failed_request failure;
  failure.status = status;
  failure.retry_after = std::move(retry_after);
  failure.body = std::move(body);
  return failure;
}

class gateway_inquiry_test : public testing::Test {
 public:
  boost::system::result<gateway_answer, std::string> ask() {
    boost::asio::io_context context;
    boost::system::result<gateway_answer, std::string> result{std::string{"no answer"}};
    boost::asio::co_spawn(context, inquiry.ask(), [&](const std::exception_ptr& failure, auto got) {
      if (failure) std::rethrow_exception(failure);
      result = std::move(got);
    });
    context.run();
    return result;
  }
  boost::asio::awaitable<attempt_result> answer() {
    ++calls;
    co_return next;
  }

  int calls = 0;
  attempt_result next = rest::gateway_bot{.url = "wss://gateway.example", .shards = 7};
  gateway_inquiry inquiry{[this] { return answer(); }, rest::authorization_kind::bot_token};
};

TEST_F(gateway_inquiry_test, uses_an_answer_again_for_a_moment) {
  const auto before = runtime::clock::now();
  ASSERT_TRUE(ask());
  const auto again = ask();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->bot.shards, 7);
  EXPECT_GE(again->asked_at, before);
  EXPECT_EQ(calls, 1);
}

TEST_F(gateway_inquiry_test, remembers_how_long_it_is_to_wait) {
  next = failed(429, "3600");
  const auto refused = ask();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("429"));
  next = rest::gateway_bot{};
  const auto later = ask();
  ASSERT_FALSE(later);
  EXPECT_THAT(later.error(), HasSubstr("rate limited for another"));
  EXPECT_EQ(calls, 1);
  EXPECT_GT(inquiry.not_before(), runtime::clock::now() + 59min);
}

TEST_F(gateway_inquiry_test, leaves_a_limit_that_names_no_time_alone_for_a_minute) {
  next = failed(429, std::nullopt, "error code: 1015");
  ASSERT_FALSE(ask());
  ASSERT_FALSE(ask());
  EXPECT_EQ(calls, 1);
  EXPECT_GT(inquiry.not_before(), runtime::clock::now() + 50s);
}

TEST_F(gateway_inquiry_test, asks_again_at_once_after_any_other_failure) {
  next = failed(500);
  ASSERT_FALSE(ask());
  next = rest::gateway_bot{};
  EXPECT_TRUE(ask());
  EXPECT_EQ(calls, 2);
}

TEST_F(gateway_inquiry_test, names_a_token_that_is_not_accepted) {
  next = failed(401);
  EXPECT_THAT(ask().error(), HasSubstr("token"));
}

}  // namespace
}  // namespace gatehouse::cluster
