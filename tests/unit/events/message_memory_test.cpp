#include <gatehouse/events/message_memory.hpp>

#include <gtest/gtest.h>

namespace gatehouse::events {
namespace {

using runtime::milliseconds;
using runtime::time_point;

constexpr milliseconds ttl{1'000};
const time_point start{std::chrono::hours{5}};

message_fingerprint with(message_part part, std::uint32_t value) {
  message_fingerprint made;
  made[part] = value;
  return made;
}

/// Ids as Discord makes them: a time above 22 bits that are nearly constant.
constexpr std::uint64_t snowflake(std::uint64_t number) {
  return (1'000'000'000'000U + number) << 22U | 4'096U;
}

TEST(message_memory, uses_no_memory_before_the_first_message) {
  message_memory memory{ttl, 1'000'000};
  EXPECT_EQ(memory.capacity(), 0U);
  EXPECT_EQ(memory.find(1, start), nullptr);
  EXPECT_EQ(memory.capacity(), 0U);
}

TEST(message_memory, knows_a_message_until_its_time_is_over) {
  message_memory memory{ttl, 100};
  memory.remember(7, with(message_part::content, 5), start);
  ASSERT_NE(memory.find(7, start + ttl), nullptr);
  EXPECT_EQ((*memory.find(7, start + ttl))[message_part::content], 5U);
  EXPECT_EQ(memory.find(7, start + ttl + milliseconds{1}), nullptr);
  EXPECT_EQ(memory.find(8, start), nullptr);
}

TEST(message_memory, seeing_it_again_starts_its_time_anew) {
  message_memory memory{ttl, 100};
  memory.remember(7, with(message_part::content, 5), start);
  memory.remember(7, with(message_part::content, 6), start + ttl);
  ASSERT_NE(memory.find(7, start + ttl + ttl), nullptr);
  EXPECT_EQ((*memory.find(7, start + ttl + ttl))[message_part::content], 6U);
}

TEST(message_memory, unknown_parts_leave_known_ones) {
  message_memory memory{ttl, 100};
  memory.remember(7, with(message_part::content, 5), start);
  memory.remember(7, with(message_part::pinned, 2), start);
  auto expected = with(message_part::content, 5);
  expected[message_part::pinned] = 2;
  ASSERT_NE(memory.find(7, start), nullptr);
  EXPECT_EQ(*memory.find(7, start), expected);
}

TEST(message_memory, what_was_forgotten_does_not_come_back) {
  message_memory memory{ttl, 100};
  memory.remember(7, with(message_part::content, 5), start);
  const auto later = start + ttl + milliseconds{1};
  memory.remember(7, with(message_part::pinned, 2), later);
  ASSERT_NE(memory.find(7, later), nullptr);
  EXPECT_EQ(*memory.find(7, later), with(message_part::pinned, 2));
}

TEST(message_memory, grows_with_the_messages_up_to_its_bound) {
  constexpr std::size_t most = 16'384;
  message_memory memory{ttl, most};
  memory.remember(snowflake(0), with(message_part::content, 1), start);
  const std::size_t first = memory.capacity();
  EXPECT_LT(first, most / 8);
  constexpr std::uint64_t messages = most / 4;
  for (std::uint64_t i = 0; i < messages; ++i) {
    memory.remember(snowflake(i), with(message_part::content, 1), start);
  }
  std::uint64_t found = 0;
  for (std::uint64_t i = 0; i < messages; ++i) {
    if (memory.find(snowflake(i), start) != nullptr) ++found;
  }
  EXPECT_EQ(found, messages) << "a quarter of the bound fits without losing one";
  for (std::uint64_t i = 0; i < 20 * most; ++i) {
    memory.remember(snowflake(i), with(message_part::content, 1), start + milliseconds{1});
  }
  EXPECT_EQ(memory.capacity(), most);
}

TEST(message_memory, old_messages_make_room_without_growth) {
  message_memory memory{ttl, 1'000'000};
  auto now = start;
  for (std::uint64_t i = 0; i < 100'000; ++i, now += milliseconds{10}) {
    memory.remember(snowflake(i), with(message_part::content, 1), now);  // 100 of them live
    ASSERT_NE(memory.find(snowflake(i), now), nullptr);
  }
  EXPECT_LE(memory.capacity(), 2'048U);
}

TEST(message_memory, a_full_bucket_gives_up_its_oldest) {
  message_memory memory{ttl, 8};  // one bucket
  for (std::uint64_t id = 1; id <= 9; ++id) {
    const auto age = milliseconds{static_cast<std::int64_t>(id)};
    memory.remember(id, with(message_part::content, 1), start + age);
  }
  EXPECT_EQ(memory.capacity(), 8U);
  EXPECT_EQ(memory.find(1, start), nullptr);
  for (std::uint64_t id = 2; id <= 9; ++id) EXPECT_NE(memory.find(id, start), nullptr) << id;
}

}  // namespace
}  // namespace gatehouse::events
