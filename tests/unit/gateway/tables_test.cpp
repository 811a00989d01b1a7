#include <gatehouse/gateway/backoff.hpp>
#include <gatehouse/gateway/close_code.hpp>
#include <gatehouse/gateway/snowflake.hpp>

#include <gtest/gtest.h>

namespace gatehouse::gateway {
namespace {

using namespace std::chrono_literals;

TEST(close_code, has_a_meaning_for_every_code) {
  using enum close_action;
  const std::pair<std::uint16_t, close_action> expected[] = {
      {1000, resume_then_identify},
      {1001, resume},
      {1006, resume},
      {1009, resume},
      {1011, resume},
      {1012, resume},
      {1013, resume},
      {1014, resume},
      {1015, resume_then_identify},
      {3999, resume_then_identify},
      {4000, resume},
      {4001, resume},
      {4002, resume},
      {4003, identify},
      {4004, refuse},
      {4005, resume},
      {4006, resume_then_identify},
      {4007, identify},
      {4008, resume_after_pause},
      {4009, identify},
      {4010, refuse},
      {4011, refuse},
      {4012, refuse},
      {4013, refuse},
      {4014, refuse},
      {4015, resume_then_identify},
  };
  for (const auto& [code, action] : expected) {
    EXPECT_EQ(meaning_of_close(code).action, action) << code;
    EXPECT_FALSE(meaning_of_close(code).name.empty()) << code;
  }
}

TEST(backoff, is_immediate_once_then_doubles_up_to_the_cap) {
  backoff delays;
  EXPECT_EQ(delays.next(0.9, backoff::identify_cap), 0s);
  const std::chrono::seconds ceilings[] = {1s, 2s, 4s, 8s, 16s, 32s, 64s, 120s, 120s, 120s};
  for (const auto ceiling : ceilings)
    EXPECT_EQ(delays.next(0.5, backoff::identify_cap), ceiling / 2.0);
}

TEST(backoff, takes_the_whole_range_below_the_ceiling) {
  backoff lowest;
  backoff highest;
  for (int attempt = 0; attempt < 100; ++attempt) {
    EXPECT_EQ(lowest.next(0.0, backoff::identify_cap), 0s);
    EXPECT_LT(highest.next(0.999, backoff::identify_cap), 120s);
  }
}

TEST(backoff, stays_low_where_a_session_waits_to_be_resumed) {
  backoff delays;
  EXPECT_EQ(delays.next(0.9, backoff::resume_cap), 0s);
  const std::chrono::seconds ceilings[] = {1s, 2s, 4s, 8s, 10s, 10s, 10s};
  for (const auto ceiling : ceilings) {
    EXPECT_EQ(delays.next(0.5, backoff::resume_cap), ceiling / 2.0);
  }
}

TEST(backoff, begins_anew_after_a_reset) {
  backoff delays;
  for (int attempt = 0; attempt < 5; ++attempt) (void)delays.next(0.5, backoff::identify_cap);
  const runtime::time_point now{1h};
  delays.reset(now);
  delays.on_lost(now + 1min);
  EXPECT_EQ(delays.next(0.5, backoff::identify_cap), 0s);
  EXPECT_EQ(delays.next(0.5, backoff::identify_cap), 500ms);
}

TEST(backoff, slows_down_for_connections_that_keep_dying_young) {
  backoff delays;
  runtime::time_point now{1h};
  const runtime::milliseconds expected[] = {0ms, 500ms, 1s, 2s, 2s, 2s};
  for (const auto delay : expected) {
    delays.reset(now);
    delays.on_lost(now + 1s);
    EXPECT_EQ(delays.next(0.5, backoff::identify_cap), delay);
  }
  delays.reset(now);
  delays.on_lost(now + 1min);
  EXPECT_EQ(delays.next(0.5, backoff::identify_cap), 0s);
}

TEST(snowflake, reads_decimal_digits_only) {
  EXPECT_EQ(parse_snowflake("1"), 1U);
  EXPECT_EQ(parse_snowflake("18446744073709551615"), 18446744073709551615U);
  for (const auto* text : {"", "0", "-1", "+1", " 1", "1 ", "1.0", "0x1", "@me",
                           "18446744073709551616", "99999999999999999999999"}) {
    EXPECT_EQ(parse_snowflake(text), std::nullopt) << text;
  }
}

TEST(snowflake, chooses_the_shard_by_the_upper_bits) {
  EXPECT_EQ(shard_of_guild(0, 16), 0);
  EXPECT_EQ(shard_of_guild(197038439483310086, 10), (197038439483310086 >> 22) % 10);
  EXPECT_EQ(shard_of_guild(18446744073709551615U, 2500), (18446744073709551615U >> 22) % 2500);
  EXPECT_EQ(shard_of_guild(18446744073709551615U, 1), 0);
}

}  // namespace
}  // namespace gatehouse::gateway
