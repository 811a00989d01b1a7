#include <gatehouse/net/retry_after.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace gatehouse::net {
namespace {

using runtime::milliseconds;

constexpr std::int64_t now_1994 = 784'111'777;
const std::string date_1994 = "Sun, 06 Nov 1994 08:49:37 GMT";

std::optional<milliseconds> parse(std::string_view text, std::int64_t now = now_1994) {
  return parse_retry_after(text, now, milliseconds{60'000});
}

TEST(retry_after, takes_seconds_with_or_without_a_fraction) {
  EXPECT_EQ(parse("0"), milliseconds{0});
  EXPECT_EQ(parse("5"), milliseconds{5'000});
  EXPECT_EQ(parse("1.5"), milliseconds{1'500});
  EXPECT_EQ(parse("0.0001"), milliseconds{1});
  EXPECT_EQ(parse(" 12\t"), milliseconds{12'000});
}

TEST(retry_after, what_is_beyond_the_limit_is_the_limit) {
  EXPECT_EQ(parse("60"), milliseconds{60'000});
  EXPECT_EQ(parse("60.001"), milliseconds{60'000});
  EXPECT_EQ(parse("99999999999999999999999999"), milliseconds{60'000});
  EXPECT_EQ(parse(std::string(400, '9')), milliseconds{60'000});
  EXPECT_EQ(parse(date_1994, 0), milliseconds{60'000});
  EXPECT_EQ(parse_retry_after("82800", 0, milliseconds{604'800'000}), std::chrono::hours{23});
}

TEST(retry_after, takes_a_date) {
  EXPECT_EQ(parse(date_1994, now_1994 - 9), milliseconds{9'000});
  EXPECT_EQ(parse(date_1994, now_1994 + 9), milliseconds{0});
}

TEST(retry_after, anything_else_is_nothing) {
  for (const char* text :
       {"", " ", "-1", "soon", "1 s", "1e3", "nan", "inf", "0x10", "+1", "<html>",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 -8:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT"}) {
    EXPECT_EQ(parse(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace gatehouse::net
