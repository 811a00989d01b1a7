#include "append.hpp"
#include "test_client.hpp"

#include <gtest/gtest.h>

namespace gatehouse::sim {
namespace {

using test::http_get;
using test::http_post;
using test::test_client;
using namespace std::chrono_literals;

TEST(rest, tells_about_the_gateway_under_any_prefix) {
  simulator discord({.recommended_shards = 48, .max_concurrency = 16});
  for (const auto* const target : {"/api/v10/gateway/bot", "/v10/gateway/bot", "/gateway/bot"}) {
    const auto answer = http_get(discord.rest_port(), target);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_NE(answer.find(concat(R"({"url":")", discord.gateway_url(), R"(","shards":48,)")),
              std::string::npos);
    EXPECT_NE(answer.find(R"("remaining":1000)"), std::string::npos);
    EXPECT_NE(answer.find(R"("max_concurrency":16)"), std::string::npos);
  }
  discord.set_recommended_shards(96);
  EXPECT_NE(http_get(discord.rest_port(), "/gateway/bot").find(R"("shards":96)"),
            std::string::npos);
  EXPECT_EQ(discord.statistics().gateway_bot_requests, 4U);
}

TEST(rest, checks_the_authorization_when_told_to) {
  const simulator discord({.rest_authorization = "Bot x"});
  EXPECT_NE(http_get(discord.rest_port(), "/gateway/bot").find("401: Unauthorized"),
            std::string::npos);
  EXPECT_NE(
      http_get(discord.rest_port(), "/gateway/bot", "Authorization: Bot x\r\n").find(" 200 OK"),
      std::string::npos);
}

TEST(rest, knows_no_other_route) {
  const simulator discord({});
  EXPECT_TRUE(http_get(discord.rest_port(), "/api/v10/users/@me").starts_with("HTTP/1.1 404"));
}

TEST(rest, counts_identifies_down) {
  const simulator discord({});
  test_client client(discord.gateway_port());
  client.identify();
  EXPECT_NE(http_get(discord.rest_port(), "/gateway/bot").find(R"("remaining":999)"),
            std::string::npos);
}

TEST(rest, suffers_faults_in_turn) {
  simulator discord({});
  discord.inject(rest_fault{.status = 429, .retry_after_seconds = 2.5});
  discord.inject(rest_fault{.route = rest_route::callback, .status = 500});
  discord.inject(rest_fault{.kind = rest_fault_kind::reset});
  const auto limited = http_get(discord.rest_port(), "/gateway/bot");
  EXPECT_TRUE(limited.starts_with("HTTP/1.1 429"));
  EXPECT_NE(limited.find("Retry-After: 3\r\n"), std::string::npos);
  EXPECT_NE(limited.find(R"("retry_after":2.5)"), std::string::npos);
  EXPECT_EQ(http_get(discord.rest_port(), "/gateway/bot"), "");
  EXPECT_TRUE(http_get(discord.rest_port(), "/gateway/bot").starts_with("HTTP/1.1 200"));
}

class rest_callback : public testing::Test {
 protected:
  std::string respond(const sent_interaction& to, std::string_view body) {
    return http_post(discord_.rest_port(),
                     concat("/api/v10/interactions/", to.id, "/", to.token, "/callback"), body);
  }

  simulator discord_{{.guilds = 1}};
  test_client client_{discord_.gateway_port()};
};

TEST_F(rest_callback, is_recorded_and_accepted_once) {
  client_.identify();
  const auto sent = discord_.emit_interaction(discord_.guild_ids()[0], 2);
  EXPECT_NE(client_.next_with("INTERACTION_CREATE").find(sent.token), std::string::npos);
  EXPECT_TRUE(respond(sent, R"({"type":5})").starts_with("HTTP/1.1 204"));
  EXPECT_NE(respond(sent, R"({"type":5})").find("40060"), std::string::npos);
  const auto callbacks = discord_.statistics().callbacks;
  ASSERT_EQ(callbacks.size(), 2U);
  EXPECT_EQ(callbacks[0].interaction_id, sent.id);
  EXPECT_EQ(callbacks[0].interaction_type, 2);
  EXPECT_EQ(callbacks[0].callback_type, 5);
  EXPECT_EQ(callbacks[0].status, 204U);
  EXPECT_EQ(callbacks[0].body, R"({"type":5})");
  EXPECT_LT(callbacks[0].age, 3s);
  EXPECT_EQ(callbacks[1].status, 400U);
}

TEST_F(rest_callback, is_refused_for_unknown_and_illegal_ones) {
  client_.identify();
  EXPECT_NE(respond({.id = 5, .token = "x"}, R"({"type":5})").find("10062"), std::string::npos);
  const auto sent = discord_.emit_interaction(discord_.guild_ids()[0], 4);
  EXPECT_NE(respond(sent, R"({"type":5})").find("50035"), std::string::npos);
  EXPECT_NE(respond(sent, "no json").find("50035"), std::string::npos);
  EXPECT_TRUE(respond(sent, R"({"type":8,"data":{"choices":[]}})").starts_with("HTTP/1.1 204"));
}

TEST_F(rest_callback, knows_interactions_that_were_given_as_text) {
  client_.identify();
  discord_.emit_raw(0, "INTERACTION_CREATE", R"({"id":"99","token":"abc","type":3})");
  EXPECT_TRUE(respond({.id = 99, .token = "abc"}, R"({"type":6})").starts_with("HTTP/1.1 204"));
}

}  // namespace
}  // namespace gatehouse::sim
