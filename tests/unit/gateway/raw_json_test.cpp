#include <gatehouse/gateway/raw_json.hpp>

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::gateway {
namespace {

/// Followed by what the parser may read beyond it.
std::string padded(std::string text) {
  text.append(parse_padding, ' ');
  return text;
}

TEST(raw_json, trims_white_space_at_the_end) {
  EXPECT_EQ(trimmed("\"a\" \t\r\n"), "\"a\"");
  EXPECT_EQ(trimmed("1"), "1");
  EXPECT_EQ(trimmed(" \n"), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(raw_json, reads_strings_as_they_came) {
  const std::string text = padded(R"(["a\"\u0041" , 7])");
  padded_parser parser{1024};
  ASSERT_TRUE(parser.begin({text.data(), text.size() - parse_padding}));
  std::string_view read;
  auto values = parser.document().get_array().begin();
  simdjson::ondemand::value first = *values.value();
  EXPECT_TRUE(read_raw_string(first, read));
  EXPECT_EQ(read, R"(a\"\u0041)");
  ++values.value();
  simdjson::ondemand::value second = *values.value();
  EXPECT_FALSE(read_raw_string(second, read));
}

TEST(raw_json, a_parser_serves_after_a_payload_beyond_what_it_keeps) {
  padded_parser parser{32 << 10};
  for (const std::size_t size : {std::size_t{10}, std::size_t{100'000}, std::size_t{20}}) {
    const std::string text = padded('"' + std::string(size, 'x') + '"');
    ASSERT_TRUE(parser.begin({text.data(), size + 2}));
    std::string_view read;
    ASSERT_FALSE(parser.document().get_string().get(read));
    EXPECT_EQ(read.size(), size);
  }
}

TEST(raw_json, what_is_empty_is_not_json) {
  padded_parser parser{1024};
  const std::string text = padded("");
  EXPECT_FALSE(parser.begin({text.data(), 0}));
}

TEST(raw_json, a_payload_can_be_read_more_than_once) {
  padded_parser parser{1024};
  const std::string text = padded(R"({"a":1,"b":2})");
  ASSERT_TRUE(parser.begin({text.data(), text.size() - parse_padding}));
  for (const auto* key : {"b", "a", "b"}) {
    std::int64_t value = 0;
    ASSERT_FALSE(parser.document()[key].get_int64().get(value));
    EXPECT_EQ(value, *key == 'a' ? 1 : 2);
  }
}

}  // namespace
}  // namespace gatehouse::gateway
