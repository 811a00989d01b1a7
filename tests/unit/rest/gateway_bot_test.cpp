#include <gatehouse/rest/gateway_bot.hpp>

#include <gmock/gmock.h>

#include <ostream>

namespace gatehouse::rest {
namespace {

using testing::HasSubstr;

TEST(parse_gateway_bot, reads_an_answer) {
  const auto parsed = parse_gateway_bot(
      R"({"url":"wss://gateway.discord.gg","shards":4,"session_start_limit":{"total":1000,)"
      R"("remaining":987,"reset_after":51234000,"max_concurrency":1}})");
  ASSERT_TRUE(parsed) << parsed.error().reason;
  EXPECT_EQ(*parsed, (gateway_bot{"wss://gateway.discord.gg", 4, 1000, 987,
                                  runtime::milliseconds{51'234'000}, 1}));
}

TEST(parse_gateway_bot, accepts_zero_where_discord_sends_it_and_unknown_fields) {
  const auto parsed = parse_gateway_bot(
      R"({"new":[1,{}],"session_start_limit":{"max_concurrency":16,"x":null,"total":0,)"
      R"("remaining":0,"reset_after":0},"shards":1,"url":"ws://127.0.0.1:8000/"})");
  ASSERT_TRUE(parsed) << parsed.error().reason;
  EXPECT_EQ(parsed->max_concurrency, 16);
  EXPECT_EQ(parsed->url, "ws://127.0.0.1:8000/");
}

struct bad_answer {
  const char* name;
  std::string json;
  const char* reason;  ///< part of it
};

std::ostream& operator<<(std::ostream& out, const bad_answer& of) {
  return out << of.name;
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

class bad_gateway_bot : public testing::TestWithParam<bad_answer> {};

TEST_P(bad_gateway_bot, is_refused_with_a_reason) {
  const auto parsed = parse_gateway_bot(GetParam().json);
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().reason, HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    answers, bad_gateway_bot,
    testing::Values(
        bad_answer{"empty", "", "no JSON object"},
        bad_answer{"html", "<html>502 Bad Gateway</html>", "no JSON object"},
        bad_answer{"array", "[]", "no JSON object"}, bad_answer{"cut", R"({"url":)", "no JSON"},
        bad_answer{"no_url", R"({"shards":1})", "`url`"},
        bad_answer{"url_number", answer("7", "1", good_limit), "`url`"},
        bad_answer{"url_http", answer(R"("https://g")", "1", good_limit), "no ws or wss"},
        bad_answer{"url_nonsense", answer(R"("wss://")", "1", good_limit), "no ws or wss"},
        bad_answer{"shards_zero", answer(good_url, "0", good_limit), "`shards` is 0"},
        bad_answer{"shards_text", answer(good_url, R"("4")", good_limit), "`shards`"},
        bad_answer{"shards_fraction", answer(good_url, "4.5", good_limit), "`shards`"},
        bad_answer{"shards_huge", answer(good_url, "99999999999999999999", good_limit), "no JSON"},
        bad_answer{"limit_null", answer(good_url, "1", "null"), "`session_start_limit`"},
        bad_answer{"remaining_negative", answer(good_url, "1", limit("1", "-1", "1", "1")),
                   "`remaining` is -1"},
        bad_answer{"total_true", answer(good_url, "1", limit("true", "1", "1", "1")), "`total`"},
        bad_answer{"reset_after_years", answer(good_url, "1", limit("1", "1", "99999999999", "1")),
                   "`reset_after`"},
        bad_answer{"concurrency_zero", answer(good_url, "1", limit("1", "1", "1", "0")),
                   "`max_concurrency` is 0"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace gatehouse::rest
