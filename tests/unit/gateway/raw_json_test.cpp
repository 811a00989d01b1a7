#include <gatehouse/gateway/raw_json.hpp>

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::gateway {
namespace {

using simdjson::ondemand::document;

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
  document parsed;
  ASSERT_TRUE(parser.begin({text.data(), text.size() - parse_padding}, parsed));
  std::string_view read;
  auto values = parsed.get_array().begin();
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
    {
      document parsed;
      ASSERT_TRUE(parser.begin({text.data(), size + 2}, parsed));
      std::string_view read;
      ASSERT_FALSE(parsed.get_string().get(read));
      EXPECT_EQ(read.size(), size);
    }
    parser.finish();
  }
}

TEST(raw_json, what_is_empty_is_not_json) {
  padded_parser parser{1024};
  const std::string text = padded("");
  document parsed;
  EXPECT_FALSE(parser.begin({text.data(), 0}, parsed));
}

}  // namespace
}  // namespace gatehouse::gateway
