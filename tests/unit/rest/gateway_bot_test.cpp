#include <gatehouse/rest/gateway_bot.hpp>

#include <gmock/gmock.h>

#include <chrono>
#include <string>

namespace gatehouse::rest {
namespace {

using testing::HasSubstr;

TEST(parse_gateway_bot, reads_an_answer) {
  const auto parsed = parse_gateway_bot(
      R"({"url":"wss://gateway.discord.gg","shards":4,"session_start_limit":{"total":1000,)"
      R"("remaining":987,"reset_after":51234000,"max_concurrency":1}})");
  ASSERT_TRUE(parsed) << parsed.error().reason;
  EXPECT_EQ(
      *parsed,
      (gateway_bot{
          "wss://gateway.discord.gg", 4, 1000, 987, runtime::milliseconds{51'234'000}, 1, {}}));
}

TEST(parse_gateway_bot, accepts_zero_where_discord_sends_it_and_unknown_fields) {
  const auto parsed = parse_gateway_bot(
      R"({"new":[1,{}],"session_start_limit":{"max_concurrency":16,"x":null,"total":0,)"
      R"("remaining":0,"reset_after":0},"shards":1,"url":"ws://127.0.0.1:8000/"})");
  ASSERT_TRUE(parsed) << parsed.error().reason;
  EXPECT_EQ(parsed->max_concurrency, 16);
  EXPECT_EQ(parsed->url, "ws://127.0.0.1:8000/");
  EXPECT_EQ(parsed->remarks, "");
}

std::string answer(const std::string& url, const std::string& shards, const std::string& limit) {
  return R"({"url":)" + url + R"(,"shards":)" + shards + R"(,"session_start_limit":)" + limit + "}";
}

std::string limit(const std::string& total, const std::string& remaining,
                  const std::string& reset_after, const std::string& max_concurrency) {
  return R"({"total":)" + total + R"(,"remaining":)" + remaining + R"(,"reset_after":)" +
         reset_after + R"(,"max_concurrency":)" + max_concurrency + "}";
}

const std::string good_url = R"("wss://g")";
const std::string good_limit = limit("1", "1", "1", "1");

/// What is read of it; a test that gets here has an answer.
gateway_bot read(const std::string& json) {
  const auto parsed = parse_gateway_bot(json);
  EXPECT_TRUE(parsed) << json << ": " << parsed.error().reason;
  return parsed ? *parsed : gateway_bot{};
}

TEST(parse_gateway_bot, has_use_for_an_answer_without_anything_of_the_rest) {
  const std::string none[] = {"",   "<html>502 Bad Gateway</html>", "[]", R"({"url":)",
                              "{}", R"({"message":"ok"})"};
  for (const auto& json : none) EXPECT_FALSE(parse_gateway_bot(json)) << json;
}

TEST(parse_gateway_bot, takes_numbers_however_they_are_written) {
  const auto bot =
      read(answer(good_url, R"("4")", limit("1000.0", "9.87e2", "14400000.0", R"("16")")));
  EXPECT_EQ(bot, (gateway_bot{"wss://g", 4, 1000, 987, runtime::milliseconds{14'400'000}, 16, {}}));
}

TEST(parse_gateway_bot, assumes_what_is_usual_where_the_limit_is_missing) {
  for (const std::string& json : {std::string{R"({"url":"wss://g","shards":7})"},
                                  answer(good_url, "7", "null"), answer(good_url, "7", "{}"),
                                  answer(good_url, "7", limit("null", "[]", R"("x")", "true"))}) {
    const auto bot = read(json);
    EXPECT_EQ(bot.shards, 7) << json;
    EXPECT_EQ(bot.identifies_total, 1000) << json;
    EXPECT_EQ(bot.identifies_remaining, 1000) << json;
    EXPECT_EQ(bot.reset_after, std::chrono::hours{24}) << json;
    EXPECT_EQ(bot.max_concurrency, 1) << json;
    EXPECT_THAT(bot.remarks, HasSubstr("`remaining` is missing or odd, taken for 1000")) << json;
  }
}

TEST(parse_gateway_bot, assumes_the_usual_url_where_there_is_no_good_one) {
  for (const char* url : {"7", R"("https://g")", R"("wss://")", "null"}) {
    const auto bot = read(answer(url, "3", good_limit));
    EXPECT_EQ(bot.url, "wss://gateway.discord.gg") << url;
    EXPECT_THAT(bot.remarks, HasSubstr("`url`")) << url;
  }
}

TEST(parse_gateway_bot, brings_what_is_out_of_bounds_within_them) {
  EXPECT_EQ(read(answer(good_url, "0", good_limit)).shards, 1);
  EXPECT_EQ(read(answer(good_url, "-4", good_limit)).shards, 1);
  EXPECT_EQ(read(R"({"url":"wss://g"})").shards, 1);
  const auto bot = read(answer(good_url, "1", limit("1000", "-1", "99999999999", "0")));
  EXPECT_EQ(bot.identifies_remaining, 0);
  EXPECT_EQ(bot.reset_after, std::chrono::hours{7 * 24});
  EXPECT_EQ(bot.max_concurrency, 1);
}

}  // namespace
}  // namespace gatehouse::rest
