#include "utc.hpp"

#include <gtest/gtest.h>

namespace gatehouse::storage {
namespace {

TEST(utc, is_written_with_milliseconds) {
  EXPECT_EQ(utc_text(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(utc_text(1'785'326'400'123), "2026-07-29T12:00:00.123Z");
  EXPECT_EQ(utc_text(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(utc_for_file_name(1'785'326'400'123), "20260729T120000Z");
}

TEST(utc, is_read_back) {
  for (const std::int64_t ms :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1'709'209'845'007}}) {
    EXPECT_EQ(parse_utc(utc_text(ms)), ms);
  }
}

TEST(utc, other_forms_are_not_read) {
  for (const char* text :
       {"", "2026-07-29", "2026-07-29T12:00:00Z", "2026-07-29T12:00:00.123",
        "2026-02-30T12:00:00.123Z", "2026-07-29T24:00:00.123Z", "2026-07-29T12:60:00.123Z",
        "2026-07-29T12:00:60.123Z", "2026-07-29T12:00:00.123Zx", "2026-07-29 12:00:00.123Z",
        "-026-07-29T12:00:00.123Z", "2026-07-29T12:00:00.1 3Z"}) {
    EXPECT_EQ(parse_utc(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace gatehouse::storage
