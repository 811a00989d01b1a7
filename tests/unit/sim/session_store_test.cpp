#include "session_store.hpp"

#include <gtest/gtest.h>

namespace gatehouse::sim {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> covering(session_store& store, std::uint64_t guild_id) {
  std::vector<std::string> ids;
  store.each_covering(guild_id, [&](const session& found) { ids.push_back(found.id); });
  return ids;
}

TEST(session_store, finds_sessions_of_every_shard_count_that_cover_a_guild) {
  session_store store(1, 10);
  const auto& of_two = store.create(1, 2, 0);
  const auto& of_three = store.create(2, 3, 0);
  store.create(0, 2, 0);
  const std::uint64_t guild = 5ULL << 22U;  // 5 % 2 == 1, 5 % 3 == 2
  EXPECT_EQ(covering(store, guild), (std::vector<std::string>{of_two.id, of_three.id}));
  EXPECT_EQ(covering(store, 4ULL << 22U).size(), 1U);  // 4 % 2 == 0; 4 % 3 == 1 is not there
}

TEST(session_store, allows_several_sessions_of_one_shard) {
  session_store store(1, 10);
  store.create(0, 1, 0);
  store.create(0, 1, 0);
  EXPECT_EQ(covering(store, 7ULL << 22U).size(), 2U);
}

TEST(session_store, forgets_ended_sessions) {
  session_store store(1, 10);
  const std::string id = store.create(0, 1, 0).id;
  ASSERT_NE(store.find(id), nullptr);
  store.end(id, {});
  EXPECT_EQ(store.find(id), nullptr);
  EXPECT_TRUE(covering(store, 7ULL << 22U).empty());
}

TEST(session_store, expires_only_what_is_away_for_long) {
  session_store store(1, 10);
  const runtime::time_point start{};
  store.create(0, 2, 0);
  auto& away = store.create(1, 2, 0);
  away.away_since = start;
  store.expire(start + 9s, 10s);
  EXPECT_EQ(store.size(), 2U);
  store.expire(start + 10s, 10s);
  EXPECT_EQ(store.size(), 1U);
}

}  // namespace
}  // namespace gatehouse::sim
