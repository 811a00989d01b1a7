#include "jetstream_api.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::nats {
namespace {

message error_answer(int status, int code, const std::string& text) {
  return {{},
          R"({"error":{"code":)" + std::to_string(status) + R"(,"err_code":)" +
              std::to_string(code) + R"(,"description":")" + text + R"("},"stream":"s","seq":0})",
          {},
          {}};
}

errc meaning_of(int status, int code, const std::string& text = "text") {
  const auto got = api::read_stored(error_answer(status, code, text));
  EXPECT_FALSE(got);
  if (got) return errc::refused;
  EXPECT_EQ(got.error().status, status);
  return got.error().what;
}

TEST(publish_answer, is_a_place_in_the_stream) {
  const auto kept = api::read_stored({{}, R"({"stream":"s","seq":7})", {}, {}});
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->sequence, 7U);
  EXPECT_FALSE(kept->is_duplicate);
  const auto again = api::read_stored({{}, R"({"stream":"s","seq":7,"duplicate":true})", {}, {}});
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->is_duplicate);
}

TEST(publish_answer, without_a_place_nothing_was_stored) {
  for (const auto* text : {"", "{}", "[]", "+OK", R"({"stream":"s"})", R"({"stream":"s","seq":0})",
                           R"({"stream":"s","seq":"7"})", R"({"seq":7})"}) {
    EXPECT_FALSE(api::read_stored({{}, text, {}, {}})) << text;
  }
}

/// Which error means that a message waits, and which that it is never taken.
TEST(publish_answer, errors_that_pass_are_told_from_those_that_stay) {
  EXPECT_EQ(meaning_of(503, 10077, "maximum bytes exceeded"), errc::full);
  EXPECT_EQ(meaning_of(503, 10077, "store is closed"), errc::refused);
  EXPECT_EQ(meaning_of(400, 10002, "resource limits exceeded for account"), errc::full);
  EXPECT_EQ(meaning_of(503, 10023, "insufficient resources"), errc::full);
  EXPECT_EQ(meaning_of(400, 10109, "invalid operation on sealed stream"), errc::full);
  EXPECT_EQ(meaning_of(429, 10167, "too many requests"), errc::full);
  EXPECT_EQ(meaning_of(409, 10158, "duplicate message id is in process"), errc::in_progress);
  EXPECT_EQ(meaning_of(503, 10008, "temporarily unavailable"), errc::no_responders);
  EXPECT_EQ(meaning_of(400, 10054, "message size exceeds maximum allowed"), errc::too_large);
  EXPECT_EQ(meaning_of(400, 10003, "bad request"), errc::refused);
}

}  // namespace
}  // namespace gatehouse::nats
