#include "body_reader.hpp"

#include "request_text.hpp"

#include <gatehouse/telemetry/json_writer.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace gatehouse::admin {
namespace {

using telemetry::json_writer;
using testing::StartsWith;

TEST(body_reader, an_empty_body_is_an_empty_object) {
  for (const auto* text : {"", " \n", "{}"}) {
    body_reader body{text};
    EXPECT_TRUE(body.flag("a", true));
    EXPECT_EQ(body.error(), "");
  }
}

TEST(body_reader, tells_what_is_not_an_object) {
  EXPECT_THAT(body_reader{"{"}.error(), StartsWith("the body is not JSON: "));
  EXPECT_THAT(body_reader{std::string(5'000, '[')}.error(), StartsWith("the body is not JSON: "));
  for (const auto* text : {"[]", "1", "null", "\"a\""}) {
    EXPECT_EQ(body_reader{text}.error(), "the body must be a JSON object");
  }
}

TEST(body_reader, reads_what_is_there) {
  body_reader body{R"({"a":true,"b":7,"c":"two","d":"81384788765712384","e":5,"f":{ "x": [1] }})"};
  EXPECT_TRUE(body.flag("a", false));
  EXPECT_EQ(body.integer("b", 0, 10, {}), 7);
  EXPECT_EQ(body.choice("c", {"one", "two"}), "two");
  EXPECT_EQ(body.choice("absent", {"one", "two"}), "one");
  EXPECT_EQ(body.required_snowflake("d"), 81'384'788'765'712'384U);
  EXPECT_EQ(body.snowflake("e"), 5U);
  EXPECT_EQ(body.snowflake("absent"), std::nullopt);
  EXPECT_EQ(body.object("f"), R"({"x":[1]})");
  EXPECT_EQ(body.error(), "");
}

TEST(body_reader, keeps_the_first_error_and_reads_no_more) {
  body_reader body{R"({"a":1,"b":2})"};
  EXPECT_FALSE(body.flag("a", false));
  EXPECT_EQ(body.error(), "a must be true or false");
  EXPECT_EQ(body.integer("b", 0, 1, 0), 0);
  EXPECT_EQ(body.error(), "a must be true or false");
}

TEST(body_reader, snowflakes_are_whole_and_positive) {
  for (const auto* text : {R"({"a":"1x"})", R"({"a":""})", R"({"a":0})", R"({"a":-1})",
                           R"({"a":1.5})", R"({"a":null})", R"({"a":"99999999999999999999"})"}) {
    body_reader body{text};
    EXPECT_EQ(body.snowflake("a"), std::nullopt);
    EXPECT_EQ(body.error(), "a must be a snowflake, in a string or as a number") << text;
  }
}

TEST(body_reader, a_misspelt_key_is_named) {
  body_reader body{R"({"total":1})"};
  body.allow_only({"totalShards", "dryRun"});
  EXPECT_EQ(body.error(), "unknown key total; allowed: totalShards, dryRun");
}

TEST(json_writer, sets_commas_and_escapes) {
  json_writer out;
  out.begin_object().member("a", 1).member("b", std::string{"x\"y"}).key("c").begin_array();
  out.value(true).begin_object().end_object().value(std::optional<int>{}).end_array();
  out.member("d", std::chrono::seconds{2}).member("e", std::vector<std::string>{"f", "g"});
  out.foreign_key("h\"").raw("[1]").end_object();
  EXPECT_EQ(out.take(),
            R"({"a":1,"b":"x\"y","c":[true,{},null],"d":2000,"e":["f","g"],"h\"":[1]})");
}

TEST(query_value, is_found_by_its_whole_name) {
  EXPECT_EQ(query_value("a=1&after=2&b=", "after"), "2");
  EXPECT_EQ(query_value("a=1&after=2&b=", "b"), "");
  EXPECT_EQ(query_value("before=1&after", "after"), std::nullopt);
  EXPECT_EQ(query_value("", "a"), std::nullopt);
}

}  // namespace
}  // namespace gatehouse::admin
