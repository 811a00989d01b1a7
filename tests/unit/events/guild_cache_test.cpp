#include <gatehouse/events/guild_cache.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <utility>

namespace gatehouse::events {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using creation = guild_cache::creation;
using deletion = guild_cache::deletion;
using presence = guild_cache::presence;
using change = guild_cache::change;

constexpr std::uint64_t loading_guild = 10;
constexpr std::uint64_t present_guild = 20;
constexpr std::uint64_t other_guild = 30;

guild_cache restored() {
  return guild_cache{saved_guilds{.present = {present_guild}, .loading = {loading_guild}}};
}

std::map<std::uint64_t, presence> contents(const guild_cache& cache) {
  std::map<std::uint64_t, presence> found;
  for (const auto id : cache.guild_ids()) found.emplace(id, presence::present);
  for (const auto id : cache.loading_guild_ids()) found.emplace(id, presence::loading);
  return found;
}

/// What a store holds that has applied the changes.
void apply(std::map<std::uint64_t, presence>& stored, const guild_cache::changes& handed_out) {
  if (handed_out.is_complete) stored.clear();
  for (const auto& [id, now] : handed_out.guilds) {
    if (now == presence::gone) {
      stored.erase(id);
    } else {
      stored[id] = now;
    }
  }
}

struct row {
  std::uint64_t guild_id;
  bool is_unavailable;
  std::map<std::uint64_t, presence> after;
};

TEST(guild_cache, classifies_guild_create_and_keeps_its_lists) {
  const std::map<std::uint64_t, presence> unchanged{{loading_guild, presence::loading},
                                                    {present_guild, presence::present}};
  auto loaded = unchanged;
  loaded[loading_guild] = presence::present;
  auto joined = unchanged;
  joined[other_guild] = presence::present;
  const std::pair<row, creation> table[] = {
      {{loading_guild, false, loaded}, creation::initial_load},
      {{present_guild, false, unchanged}, creation::outage_return},
      {{other_guild, false, joined}, creation::join},
      {{loading_guild, true, unchanged}, creation::unavailable},
      {{present_guild, true, unchanged}, creation::unavailable},
      {{other_guild, true, unchanged}, creation::unavailable},
  };
  for (const auto& [asked, expected] : table) {
    auto cache = restored();
    EXPECT_EQ(cache.on_create(9, asked.guild_id, asked.is_unavailable), expected);
    EXPECT_EQ(contents(cache), asked.after) << asked.guild_id << ' ' << asked.is_unavailable;
  }
}

TEST(guild_cache, classifies_guild_delete_and_keeps_its_lists) {
  const std::map<std::uint64_t, presence> unchanged{{loading_guild, presence::loading},
                                                    {present_guild, presence::present}};
  const std::pair<row, deletion> table[] = {
      {{loading_guild, true, unchanged}, deletion::outage},
      {{present_guild, true, unchanged}, deletion::outage},
      {{other_guild, true, unchanged}, deletion::unknown},
      {{loading_guild, false, {{present_guild, presence::present}}}, deletion::leave},
      {{present_guild, false, {{loading_guild, presence::loading}}}, deletion::leave},
      {{other_guild, false, unchanged}, deletion::leave},
  };
  for (const auto& [asked, expected] : table) {
    auto cache = restored();
    EXPECT_EQ(cache.on_delete(9, asked.guild_id, asked.is_unavailable), expected);
    EXPECT_EQ(contents(cache), asked.after) << asked.guild_id << ' ' << asked.is_unavailable;
  }
}

TEST(guild_cache, an_outage_during_the_start_does_not_make_a_join) {
  guild_cache cache;
  cache.on_ready(1, {loading_guild});
  EXPECT_EQ(cache.on_delete(2, loading_guild, true), deletion::outage);
  EXPECT_EQ(cache.on_create(3, loading_guild, true), creation::unavailable);
  EXPECT_EQ(cache.on_create(4, loading_guild, false), creation::initial_load);
  EXPECT_EQ(cache.on_delete(5, loading_guild, true), deletion::outage);
  EXPECT_EQ(cache.on_create(6, loading_guild, false), creation::outage_return);
}

TEST(guild_cache, a_guild_that_was_left_is_joined_again) {
  auto cache = restored();
  EXPECT_EQ(cache.on_delete(7, present_guild, false), deletion::leave);
  EXPECT_EQ(cache.on_create(8, present_guild, false), creation::join);
}

TEST(guild_cache, ready_names_exactly_what_is_loading) {
  auto cache = restored();
  cache.on_ready(1, {other_guild, present_guild, other_guild});
  EXPECT_THAT(cache.loading_guild_ids(), ElementsAre(present_guild, other_guild));
  EXPECT_THAT(cache.guild_ids(), IsEmpty());
  EXPECT_EQ(cache.known(), 2U);
  EXPECT_EQ(cache.loading(), 2U);
  cache.on_create(2, present_guild, false);
  EXPECT_EQ(cache.known(), 2U);
  EXPECT_EQ(cache.loading(), 1U);
}

TEST(guild_cache, hands_out_each_change_once) {
  auto cache = restored();
  EXPECT_EQ(cache.take_changes(8), guild_cache::changes{});
  cache.on_create(9, other_guild, false);
  cache.on_delete(10, present_guild, false);
  EXPECT_THAT(cache.take_changes(8).guilds, IsEmpty());
  EXPECT_THAT(cache.take_changes(9).guilds, ElementsAre(change{other_guild, presence::present}));
  EXPECT_THAT(cache.take_changes(10).guilds, ElementsAre(change{present_guild, presence::gone}));
  EXPECT_EQ(cache.take_changes(11), guild_cache::changes{});
}

TEST(guild_cache, what_changes_nothing_is_not_handed_out) {
  auto cache = restored();
  cache.on_create(9, present_guild, false);
  cache.on_delete(10, loading_guild, true);
  cache.on_delete(11, other_guild, false);
  EXPECT_EQ(cache.take_changes(11), guild_cache::changes{});
}

TEST(guild_cache, a_new_session_replaces_what_was_stored) {
  guild_cache cache;
  cache.on_ready(1, {10, 20});
  const auto before_ready = cache.take_changes(0);
  EXPECT_TRUE(before_ready.is_complete);
  EXPECT_THAT(before_ready.guilds, IsEmpty());
  const auto ready = cache.take_changes(1);
  EXPECT_FALSE(ready.is_complete);
  EXPECT_THAT(ready.guilds,
              ElementsAre(change{10, presence::loading}, change{20, presence::loading}));
}

TEST(guild_cache, after_a_failed_save_the_state_of_the_position_is_handed_out_as_a_whole) {
  auto cache = restored();
  cache.on_create(9, loading_guild, false);
  cache.on_create(10, other_guild, false);
  EXPECT_EQ(cache.take_changes(9).guilds.size(), 1U);
  cache.forget_saved();
  cache.on_delete(11, present_guild, false);
  const auto again = cache.take_changes(10);
  EXPECT_TRUE(again.is_complete);
  EXPECT_THAT(again.guilds, ElementsAre(change{loading_guild, presence::present},
                                        change{present_guild, presence::present},
                                        change{other_guild, presence::present}));
  const auto later = cache.take_changes(11);
  EXPECT_FALSE(later.is_complete);
  EXPECT_THAT(later.guilds, ElementsAre(change{present_guild, presence::gone}));
}

class guild_cache_random : public testing::TestWithParam<unsigned> {};

/// Whatever the safe position and however often saving fails, a store that applies what is handed
/// out holds the state that the cache had at that position.
TEST_P(guild_cache_random, what_is_stored_is_the_state_of_the_safe_position) {
  std::mt19937 random{GetParam()};
  const auto roll = [&random](std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>{0, most}(random);
  };
  guild_cache cache;
  std::vector<std::map<std::uint64_t, presence>> history{{}};  // by seq
  std::map<std::uint64_t, presence> stored{{99, presence::present}};
  std::int64_t safe = 0;
  for (std::int64_t seq = 1; seq < 500; ++seq) {
    const auto guild = static_cast<std::uint64_t>(1 + roll(12));
    const auto chosen = roll(20);
    if (seq == 1 || chosen == 0) {
      cache.on_ready(seq, {guild, guild + 1, guild + 2});
    } else if (chosen < 12) {
      cache.on_create(seq, guild, roll(4) == 0);
    } else {
      cache.on_delete(seq, guild, roll(2) == 0);
    }
    history.push_back(contents(cache));
    ASSERT_EQ(cache.known(), history.back().size());
    if (roll(3) != 0) continue;
    safe += roll(seq - safe);
    const auto handed_out = cache.take_changes(safe);
    if (roll(5) == 0) {
      cache.forget_saved();
    } else {
      apply(stored, handed_out);
      ASSERT_EQ(stored, history[static_cast<std::size_t>(safe)]) << "safe position " << safe;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, guild_cache_random, testing::Range(1U, 11U));

}  // namespace
}  // namespace gatehouse::events
