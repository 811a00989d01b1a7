#include <gatehouse/telemetry/text.hpp>

#include <gtest/gtest.h>

namespace gatehouse::telemetry {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view bad = "\xEF\xBF\xBD";

std::string printable(std::string_view text) {
  std::string out;
  append_printable(out, text);
  return out;
}

std::string json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(printable_text, leaves_ordinary_text_alone) {
  EXPECT_EQ(printable("shard 3: \"résumé\" \\o/ 日本 😀"), "shard 3: \"résumé\" \\o/ 日本 😀");
}

TEST(printable_text, escapes_line_breaks_and_control_characters) {
  EXPECT_EQ(printable("a\r\nb\tc"), "a\\r\\nb\\tc");
  EXPECT_EQ(printable("\x1b[2J\x7f\0"sv), "\\x1b[2J\\x7f\\x00");
}

TEST(printable_text, escapes_c1_controls_and_unicode_line_separators) {
  EXPECT_EQ(printable("\xC2\x9B|\xE2\x80\xA8|\xE2\x80\xA9"), "\\u009b|\\u2028|\\u2029");
}

TEST(json_text, escapes_as_rfc_8259_asks) {
  EXPECT_EQ(json("say \"hi\" \\ \n\r\t\x01"), R"("say \"hi\" \\ \n\r\t\u0001")");
  EXPECT_EQ(json(""), "\"\"");
}

TEST(json_text, escapes_nul) {
  EXPECT_EQ(json("a\0b"sv), R"("a\u0000b")");
}

struct malformed {
  std::string_view bytes;
  int replacements;
};

class malformed_utf8 : public testing::TestWithParam<malformed> {};

TEST_P(malformed_utf8, is_replaced_by_maximal_parts) {
  std::string expected = "<";
  for (int i = 0; i < GetParam().replacements; ++i) expected += bad;
  expected += '>';
  EXPECT_EQ(printable("<" + std::string{GetParam().bytes} + ">"), expected);
  EXPECT_EQ(json("<" + std::string{GetParam().bytes} + ">"), '"' + expected + '"');
}

INSTANTIATE_TEST_SUITE_P(bytes, malformed_utf8,
                         testing::Values(malformed{"\x80", 1},              // stray continuation
                                         malformed{"\xC0\xAF", 2},          // overlong
                                         malformed{"\xE0\x80\x80", 3},      // overlong
                                         malformed{"\xED\xA0\x80", 3},      // surrogate
                                         malformed{"\xF4\x90\x80\x80", 4},  // above U+10FFFF
                                         malformed{"\xF5", 1},              // no such lead byte
                                         malformed{"\xE2\x82", 1},          // cut short
                                         malformed{"\xF0\x9F\x98", 1}));    // cut short

TEST(printable_text, replaces_what_is_cut_off_at_the_end) {
  EXPECT_EQ(printable("x\xF0\x9F\x98"), "x" + std::string{bad});
}

TEST(printable_text, accepts_the_borders_of_every_length) {
  constexpr std::string_view text =
      "\xC2\xA0\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF";
  EXPECT_EQ(printable(text), text);
}

}  // namespace
}  // namespace gatehouse::telemetry
