#include <gatehouse/delivery/event_tail.hpp>

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::delivery {
namespace {

using namespace std::chrono_literals;

constexpr runtime::time_point start{};

delivered_view message(int shard_id, std::uint64_t guild_id, std::string_view payload = "{}") {
  return {"MESSAGE_CREATE", shard_id, guild_id, "s:1", "http://h/", 1, 5ms, payload};
}

TEST(event_tail, is_watched_while_there_is_a_reader) {
  event_tail tail;
  EXPECT_FALSE(tail.is_watched());
  const auto reader = tail.open({}, start);
  ASSERT_TRUE(reader);
  EXPECT_TRUE(tail.is_watched());
  tail.close(*reader);
  EXPECT_FALSE(tail.is_watched());
  EXPECT_FALSE(tail.take(*reader, start));
}

TEST(event_tail, gives_each_reader_what_it_wishes_for_once) {
  event_tail tail;
  const auto all = tail.open({.has_payload = true}, start);
  const auto some = tail.open({.events = {"MESSAGE_CREATE"}, .shard_id = 3, .guild_id = 7}, start);
  tail.offer(message(3, 7), start);
  tail.offer(message(3, 8), start);
  tail.offer(message(4, 7), start);
  tail.offer({"TYPING_START", 3, 7, "s:4", "http://h/", 1, 1ms, "{}"}, start);
  const auto seen = tail.take(*all, start);
  ASSERT_EQ(seen->events.size(), 4U);
  EXPECT_EQ(seen->events[0].payload, "{}");
  EXPECT_EQ(seen->events[3].type, "TYPING_START");
  const auto picked = tail.take(*some, start);
  ASSERT_EQ(picked->events.size(), 1U);
  EXPECT_EQ(picked->events[0].guild_id, 7U);
  EXPECT_EQ(picked->events[0].payload, "");
  EXPECT_EQ(picked->events[0].bytes, 2U);
  EXPECT_TRUE(tail.take(*all, start)->events.empty());
}

TEST(event_tail, what_a_reader_cannot_take_is_skipped_and_counted) {
  event_tail tail;
  const auto reader = tail.open({}, start);
  for (std::size_t i = 0; i < event_tail::most_events + 5; ++i) tail.offer(message(0, 1), start);
  const auto seen = tail.take(*reader, start);
  EXPECT_EQ(seen->events.size(), event_tail::most_events);
  EXPECT_EQ(seen->skipped, 5U);
  EXPECT_EQ(tail.take(*reader, start)->skipped, 0U);
}

TEST(event_tail, payloads_are_bounded_in_bytes) {
  event_tail tail;
  const auto reader = tail.open({.has_payload = true}, start);
  const std::string large(event_tail::most_bytes / 2 + 1, 'x');
  tail.offer(message(0, 1, large), start);
  tail.offer(message(0, 1, large), start);
  const auto seen = tail.take(*reader, start);
  EXPECT_EQ(seen->events.size(), 1U);
  EXPECT_EQ(seen->skipped, 1U);
  tail.offer(message(0, 1, large), start);
  EXPECT_EQ(tail.take(*reader, start)->events.size(), 1U);
}

TEST(event_tail, a_reader_that_asks_no_more_is_forgotten) {
  event_tail tail;
  const auto reader = tail.open({}, start);
  tail.offer(message(0, 1), start + event_tail::patience);
  EXPECT_TRUE(tail.is_watched());
  tail.offer(message(0, 1), start + event_tail::patience + 1ms);
  EXPECT_FALSE(tail.is_watched());
  EXPECT_FALSE(tail.take(*reader, start));
}

TEST(event_tail, readers_are_bounded) {
  event_tail tail;
  for (std::size_t i = 0; i < event_tail::most_readers; ++i) EXPECT_TRUE(tail.open({}, start));
  EXPECT_FALSE(tail.open({}, start));
  EXPECT_TRUE(tail.open({}, start + event_tail::patience + 1ms));
}

}  // namespace
}  // namespace gatehouse::delivery
