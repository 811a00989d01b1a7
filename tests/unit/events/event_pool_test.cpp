#include <gatehouse/events/event.hpp>

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <random>
#include <string>
#include <utility>

namespace gatehouse::events {
namespace {

constexpr std::string_view prefix = R"({"shardId":3,"message":)";

event_ptr make(event_pool& pool, std::string_view payload) {
  return pool.make(prefix, payload);
}

TEST(event_pool, the_body_surrounds_the_payload) {
  event_pool pool;
  const auto made = make(pool, R"({"op":0})");
  EXPECT_EQ(made->body(), R"({"shardId":3,"message":{"op":0}})");
  EXPECT_EQ(made->payload(), R"({"op":0})");
}

TEST(event_pool, a_payload_can_come_in_pieces) {
  event_pool pool;
  const std::array<std::string_view, 4> pieces{"{", R"("op")", "", ":0}"};
  const auto made = pool.make(prefix, pieces);
  EXPECT_EQ(made->body(), R"({"shardId":3,"message":{"op":0}})");
  EXPECT_EQ(made->payload(), R"({"op":0})");
}

TEST(event_pool, an_empty_payload_is_possible) {
  event_pool pool;
  const auto made = pool.make("", "");
  EXPECT_EQ(made->body(), "}");
  EXPECT_EQ(made->payload(), "");
}

TEST(event_pool, bytes_are_copied) {
  event_pool pool;
  std::string payload(300, 'a');
  const auto made = make(pool, payload);
  payload.assign(300, 'b');
  EXPECT_EQ(made->payload(), std::string(300, 'a'));
}

TEST(event_pool, memory_covers_the_body_and_is_at_most_doubled) {
  event_pool pool;
  for (const std::size_t bytes : {1UL, 400UL, 512UL, 4'000UL, 16'000UL, 20'000UL, 3'000'000UL}) {
    const auto made = make(pool, std::string(bytes, 'x'));
    EXPECT_GE(made->memory_bytes(), made->body().size());
    EXPECT_LE(made->memory_bytes(), 2 * made->body().size() + 1024);
  }
}

TEST(event_pool, a_freed_block_is_used_again) {
  event_pool pool;
  auto first = make(pool, "x");
  const event* const where = first.get();
  first.reset();
  const auto second = make(pool, "y");
  EXPECT_EQ(second.get(), where);
  EXPECT_EQ(second->payload(), "y");
}

TEST(event_pool, bookkeeping_of_an_earlier_event_is_gone) {
  event_pool pool;
  auto first = make(pool, "x");
  first->seq = 9;
  first->attempts = 4;
  first->guild_id = 7;
  first->is_barrier = true;
  first.reset();
  const auto second = make(pool, "y");
  EXPECT_EQ(second->seq, 0);
  EXPECT_EQ(second->attempts, 0U);
  EXPECT_EQ(second->guild_id, 0U);
  EXPECT_FALSE(second->is_barrier);
}

TEST(event_pool, an_event_keeps_its_session_alive_and_lets_go_of_it) {
  event_pool pool;
  session_log_ptr session{new session_log{3, "session", 0}};
  auto made = make(pool, "x");
  made->session = session;
  EXPECT_EQ(session->use_count(), 2U);
  EXPECT_EQ(made->shard_id(), 3);
  made.reset();
  EXPECT_EQ(session->use_count(), 1U);
}

class event_pool_random : public testing::TestWithParam<unsigned> {};

/// Every live event keeps its bytes however the others come and go.
TEST_P(event_pool_random, contents_survive_the_traffic) {
  std::mt19937 random{GetParam()};
  const auto roll = [&random](std::size_t most) {
    return std::uniform_int_distribution<std::size_t>{0, most}(random);
  };
  event_pool pool;
  std::deque<std::pair<event_ptr, std::string>> live;
  for (int step = 0; step < 3'000; ++step) {
    if (live.size() < 200 && roll(2) != 0) {
      const std::size_t most = roll(9) == 0 ? 40'000 : 1'500;
      std::string payload(roll(most), static_cast<char>('a' + roll(25)));
      auto made = make(pool, payload);
      live.emplace_back(std::move(made), std::move(payload));
    } else if (!live.empty()) {
      const auto chosen = live.begin() + static_cast<std::ptrdiff_t>(roll(live.size() - 1));
      ASSERT_EQ(chosen->first->payload(), chosen->second);
      live.erase(chosen);
    }
  }
  for (const auto& [kept, payload] : live) EXPECT_EQ(kept->payload(), payload);
}

INSTANTIATE_TEST_SUITE_P(seeds, event_pool_random, testing::Range(1U, 5U));

}  // namespace
}  // namespace gatehouse::events
