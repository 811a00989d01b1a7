#include <gatehouse/rest/rest_client.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <gmock/gmock.h>

#include <exception>
#include <log_capture.hpp>
#include <loopback.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace gatehouse::rest {
namespace {

namespace asio = boost::asio;
using test::awaitable;
using test::http_peer;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* good_answer =
    R"({"url":"wss://g","shards":2,"session_start_limit":)"
    R"({"total":1000,"remaining":998,"reset_after":0,"max_concurrency":1}})";

class rest_client_test : public test::loopback {
 protected:
  rest_client_test() {
    rest_.url = peer_.origin() + "/api";
    discord_.token = config::secret{"token-of-the-bot"};
  }

  rest_client make_client() {
    return {rest_, discord_, nullptr, log_.log(), [] { return 0.0; }};
  }

  /// Answers requests with these texts, in order, on one connection.
  void start_answering(std::vector<std::string> answers) {
    start([this, answers]() -> awaitable<void> {
      auto socket = co_await peer_.accept();
      for (const auto& text : answers) {
        requests_.push_back(co_await http_peer::read_request(socket));
        co_await http_peer::write(socket, text);
      }
    });
  }

  gateway_bot_result ask(rest_client& client) {
    std::optional<gateway_bot_result> result;
    run([&]() -> awaitable<void> {
      result =
          co_await client.get_gateway_bot([this](const auto& text) { waits_.push_back(text); });
    });
    return *std::move(result);
  }

  http_peer peer_{loop()};
  config::rest_settings rest_;
  config::discord_settings discord_;
  test::log_capture log_;
  std::vector<std::string> requests_;
  std::vector<std::string> waits_;
};

TEST_F(rest_client_test, asks_as_the_bot) {
  start_answering({http_peer::answer(200, good_answer)});
  auto client = make_client();
  const auto bot = ask(client);
  ASSERT_TRUE(bot);
  EXPECT_EQ(bot->shards, 2);
  EXPECT_THAT(requests_.at(0), AllOf(StartsWith("GET /api/v10/gateway/bot HTTP/1.1\r\n"),
                                     HasSubstr("Authorization: Bot token-of-the-bot\r\n"),
                                     HasSubstr("User-Agent: DiscordBot "
                                               "(https://github.com/gatehouse/gatehouse, "),
                                     Not(HasSubstr("Content-Type"))));
  EXPECT_THAT(log_.lines(), SizeIs(0));
}

TEST_F(rest_client_test, asks_a_proxy_with_its_bare_secret) {
  rest_.url = peer_.origin();
  rest_.authorization = config::secret{"proxy-secret"};
  discord_.api_version = 9;
  start_answering({http_peer::answer(200, good_answer)});
  auto client = make_client();
  ASSERT_TRUE(ask(client));
  EXPECT_THAT(requests_.at(0), AllOf(StartsWith("GET /v9/gateway/bot "),
                                     HasSubstr("Authorization: proxy-secret\r\n"),
                                     Not(HasSubstr("token-of-the-bot"))));
}

TEST_F(rest_client_test, a_trailing_slash_of_the_url_is_not_doubled) {
  rest_.url = peer_.origin() + "/api/";
  start_answering({http_peer::answer(200, good_answer)});
  auto client = make_client();
  ASSERT_TRUE(ask(client));
  EXPECT_THAT(requests_.at(0), StartsWith("GET /api/v10/gateway/bot "));
}

TEST_F(rest_client_test, tries_until_there_is_a_usable_answer) {
  start_answering({http_peer::answer(502, "<html>"), http_peer::answer(200, "{}"),
                   http_peer::answer(429, "", "Retry-After: 0.001\r\n"),
                   http_peer::answer(200, good_answer)});
  auto client = make_client();
  ASSERT_TRUE(ask(client));
  EXPECT_THAT(requests_, SizeIs(4));
  EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("HTTP 502"), HasSubstr("unusable answer"),
                                        HasSubstr("rate limited")));
  EXPECT_THAT(waits_, SizeIs(3));
}

TEST_F(rest_client_test, says_once_what_is_odd_about_an_answer) {
  const std::string odd = R"({"url":"wss://g","shards":2})";
  start_answering({http_peer::answer(200, odd), http_peer::answer(200, odd)});
  auto client = make_client();
  ASSERT_TRUE(ask(client));
  ASSERT_TRUE(ask(client));
  EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("`total` is missing or odd")));
}

TEST_F(rest_client_test, a_refused_bot_token_ends_it) {
  start_answering({http_peer::answer(401, R"({"message":"401: Unauthorized","code":0})")});
  auto client = make_client();
  const auto bot = ask(client);
  ASSERT_FALSE(bot);
  EXPECT_EQ(bot.error().what, gateway_bot_failure::kind::refused);
  EXPECT_THAT(log_.lines(), ElementsAre(StartsWith("error: ")));
}

TEST_F(rest_client_test, a_refused_proxy_secret_is_an_error_that_goes_on) {
  rest_.authorization = config::secret{"proxy-secret"};
  start_answering({http_peer::answer(401, "{}"), http_peer::answer(200, good_answer)});
  auto client = make_client();
  ASSERT_TRUE(ask(client));
  EXPECT_THAT(log_.lines(),
              ElementsAre(AllOf(StartsWith("error: "), HasSubstr("rest.authorization"))));
}

TEST_F(rest_client_test, secrets_never_reach_the_log) {
  rest_.authorization = config::secret{"proxy-secret"};
  start_answering({http_peer::answer(401, "proxy-secret token-of-the-bot"),
                   http_peer::answer(500, "token-of-the-bot"),
                   http_peer::answer(200, good_answer)});
  auto client = make_client();
  ASSERT_TRUE(ask(client));
  EXPECT_THAT(log_.lines(), Not(Contains(HasSubstr("proxy-secret"))));
  EXPECT_THAT(log_.lines(), Not(Contains(HasSubstr("token-of-the-bot"))));
}

TEST_F(rest_client_test, waits_of_hours_are_told_and_can_be_cancelled) {
  start_answering({http_peer::answer(429, "", "Retry-After: 46080\r\n")});
  auto client = make_client();
  asio::cancellation_signal cancel;
  std::optional<gateway_bot_result> result;
  bool ended = false;
  asio::co_spawn(
      loop(),
      [&]() -> awaitable<void> {
        result = co_await client.get_gateway_bot(
            [&](const std::string& text) { waits_.push_back(text); });
      },
      asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr) { ended = true; }));
  loop().restart();
  while (waits_.empty()) loop().run_one();
  loop().poll();
  cancel.emit(asio::cancellation_type::terminal);
  while (!ended) loop().run_one();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->error().what, gateway_bot_failure::kind::cancelled);
  EXPECT_THAT(waits_, ElementsAre(HasSubstr("trying again in 12 h 48 min")));
}

TEST_F(rest_client_test, posts_json_without_the_bot_token) {
  start_answering({http_peer::answer(204, "")});
  auto client = make_client();
  run([&]() -> awaitable<void> {
    const auto response = co_await client.post("/interactions/1/tok/callback", R"({"type":5})",
                                               runtime::clock::now() + runtime::seconds{30});
    EXPECT_TRUE(response);
    EXPECT_EQ(response ? response->status : 0U, 204U);
  });
  EXPECT_THAT(requests_.at(0),
              AllOf(StartsWith("POST /api/v10/interactions/1/tok/callback "),
                    HasSubstr("Content-Type: application/json\r\n"),
                    Not(HasSubstr("Authorization")), testing::EndsWith("\r\n\r\n{\"type\":5}")));
}

TEST_F(rest_client_test, posts_with_the_secret_of_a_proxy) {
  rest_.authorization = config::secret{"proxy-secret"};
  start_answering({http_peer::answer(204, "")});
  auto client = make_client();
  run([&]() -> awaitable<void> {
    co_await client.post("/interactions/1/tok/callback", "{}",
                         runtime::clock::now() + runtime::seconds{30});
  });
  EXPECT_THAT(requests_.at(0), HasSubstr("Authorization: proxy-secret\r\n"));
}

TEST_F(rest_client_test, a_url_of_another_kind_is_refused) {
  rest_.url = "ftp://host";
  EXPECT_THROW(make_client(), std::invalid_argument);
}

}  // namespace
}  // namespace gatehouse::rest
