#include <gatehouse/storage/event_block.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

namespace gatehouse::storage {
namespace {

stored_event event_at(std::int64_t position, std::string_view payload) {
  stored_event made;
  made.position = position;
  made.guild_id = UINT64_MAX;
  made.seq = position + 1'000;
  made.received_unix_ms = 1'700'000'000'000;
  made.attempts = 7;
  made.rank = event_rank::last_resort;
  made.is_barrier = position % 2 == 1;
  made.mark = 5;
  made.session_id = "session";
  made.type = "MESSAGE_CREATE";
  made.payload = payload;
  return made;
}

bool operator==(const stored_event& a, const stored_event& b) {
  return a.position == b.position && a.guild_id == b.guild_id && a.seq == b.seq &&
         a.received_unix_ms == b.received_unix_ms && a.attempts == b.attempts && a.rank == b.rank &&
         a.is_barrier == b.is_barrier && a.mark == b.mark && a.session_id == b.session_id &&
         a.type == b.type && a.payload == b.payload;
}

std::vector<stored_event> events_of(const event_block& block, bool is_whole = true) {
  std::vector<stored_event> all;
  EXPECT_EQ(block.for_each([&](const stored_event& event) { all.push_back(event); }), is_whole);
  return all;
}

TEST(event_block, gives_back_what_was_added) {
  event_block block;
  EXPECT_TRUE(block.empty());
  EXPECT_TRUE(events_of(block).empty());
  const std::string large(100'000, 'x');
  const std::vector events{event_at(10, "first"), event_at(11, ""),
                           event_at(12, std::string_view{"a\0\xFF", 3}), event_at(13, large)};
  for (const auto& event : events) block.add(event);
  ASSERT_EQ(block.size(), 4U);
  const event_block read{block.data(), block.marks()};
  const auto found = events_of(read);
  ASSERT_EQ(found.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(found[i] == events[i]) << i;
}

TEST(event_block, older_ones_do_not_know_how_many_shards_there_are) {
  stored_event event = event_at(1, "payload");
  event.total_shards = 48;
  event_block block;
  block.add(event);
  EXPECT_EQ(events_of(block).at(0).total_shards, 48U);
  event_block older;
  older.add(event_at(1, "payload"));
  EXPECT_EQ(events_of(older).at(0).total_shards, 0U);
}

TEST(event_block, its_bytes_are_those_it_takes_on_disk) {
  event_block block;
  EXPECT_EQ(block.bytes(), 0U);
  block.add(event_at(1, "payload"));
  EXPECT_EQ(block.bytes(), block.data().size() + 1);
}

TEST(event_block, texts_of_any_length_are_taken) {
  const std::string text(1'000'000, 't');
  stored_event event = event_at(1, "payload");
  event.type = event.session_id = text;
  event_block block;
  block.add(event);
  EXPECT_EQ(events_of(block).at(0).type, text);
  EXPECT_EQ(events_of(block).at(0).payload, "payload");
}

TEST(event_block, bytes_cut_at_any_place_are_noticed) {
  event_block block;
  block.add(event_at(1, "first"));
  const std::size_t first = block.data().size();
  block.add(event_at(2, "second"));
  for (std::size_t length = 0; length < block.data().size(); ++length) {
    const event_block cut{block.data().substr(0, length), block.marks()};
    EXPECT_EQ(events_of(cut, false).size(), length < first ? 0U : 1U);
  }
  EXPECT_EQ(events_of({block.data() + "x", block.marks()}, false).size(), 2U);
  EXPECT_EQ(events_of({block.data(), {mark_open}}, false).size(), 1U) << "a mark is missing";
}

TEST(event_block, random_bytes_never_lead_out_of_it) {
  std::uint64_t state = 1;
  for (int round = 0; round < 20'000; ++round) {
    event_block block;
    block.add(event_at(1, "first"));
    block.add(event_at(2, "second"));
    std::string data = block.data();
    for (int i = 0; i < 4; ++i) {
      state = state * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
      data[(state >> 33U) % data.size()] = static_cast<char>(state >> 56U);
    }
    std::size_t bytes = 0;
    static_cast<void>(event_block{data, block.marks()}.for_each([&](const stored_event& event) {
      bytes += event.session_id.size() + event.type.size() + event.payload.size();
      EXPECT_GE(event.position, 0);
      EXPECT_LE(event.rank, event_rank::last_resort);
    }));
    EXPECT_LE(bytes, data.size());
  }
}

TEST(event_block, numbers_that_would_overflow_are_clamped) {
  for (const std::int64_t extreme :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    stored_event event = event_at(1, "");
    event.received_unix_ms = extreme;
    event.seq = extreme;
    event_block block;
    block.add(event);
    const auto found = events_of(block).at(0);
    EXPECT_GE(found.received_unix_ms, 0);
    EXPECT_LT(found.received_unix_ms, 253'402'300'800'000);
    EXPECT_GE(found.seq, 0);
    EXPECT_LT(found.seq, std::numeric_limits<std::int64_t>::max());
  }
}

}  // namespace
}  // namespace gatehouse::storage
