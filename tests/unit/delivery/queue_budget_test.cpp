#include "event_maker.hpp"

#include <gatehouse/delivery/queue_budget.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace gatehouse::delivery {
namespace {

using runtime::seconds;

constexpr auto start = runtime::time_point{seconds{10'000}};
constexpr std::uint64_t block = 512;  // what a small event costs

struct budget_fixture : ::testing::Test {
  explicit budget_fixture(seconds max_age = seconds{0})
      : budget({.memory_bytes = 4 * block, .max_age = max_age}, maker.types) {}

  events::event& add(std::string_view name, seconds age = seconds{0}, bool is_barrier = false) {
    events.push_back(maker.make({.name = name, .is_barrier = is_barrier, .received = start - age}));
    budget.admit(*events.back());
    return *events.back();
  }
  /// Drops as the dispatcher does.
  events::event* drop() {
    events::event* victim = budget.victim();
    if (victim != nullptr) budget.forget(*victim);
    return victim;
  }

  testing::event_maker maker;
  std::vector<events::event_ptr> events;
  queue_budget budget;
};

struct aged_budget_fixture : budget_fixture {
  aged_budget_fixture() : budget_fixture(seconds{60}) {}
};

TEST_F(budget_fixture, drops_nothing_within_the_bound) {
  for (int i = 0; i < 4; ++i) add("TYPING_START");
  EXPECT_EQ(budget.bytes(), 4 * block);
  EXPECT_EQ(budget.victim(), nullptr);
}

TEST_F(budget_fixture, sheds_what_is_named_first_oldest_first) {
  add("MESSAGE_CREATE");
  auto& presence = add("PRESENCE_UPDATE");
  add("MESSAGE_CREATE");
  auto& typing = add("TYPING_START");
  add("MESSAGE_CREATE");
  add("MESSAGE_CREATE");
  EXPECT_EQ(drop(), &presence);
  EXPECT_EQ(drop(), &typing);
  EXPECT_EQ(drop(), nullptr);
}

TEST_F(budget_fixture, then_the_oldest_goes) {
  auto& oldest = add("MESSAGE_CREATE");
  for (int i = 0; i < 4; ++i) add("MESSAGE_CREATE");
  EXPECT_EQ(drop(), &oldest);
}

TEST_F(budget_fixture, interactions_are_the_last_resort) {
  auto& interaction = add("INTERACTION_CREATE");
  auto& message = add("MESSAGE_CREATE");
  for (int i = 0; i < 4; ++i) add("INTERACTION_CREATE");
  EXPECT_EQ(drop(), &message);
  EXPECT_EQ(drop(), &interaction);
}

TEST_F(budget_fixture, never_drops_a_barrier_or_what_is_under_way) {
  add("READY", seconds{0}, true);
  auto& taken = add("TYPING_START");
  budget.start_delivery(taken);
  for (int i = 0; i < 3; ++i) budget.start_delivery(add("MESSAGE_CREATE"));
  EXPECT_GT(budget.bytes(), budget.limit());
  EXPECT_EQ(budget.victim(), nullptr);
  budget.wait_again(taken);
  EXPECT_EQ(budget.victim(), &taken);
}

TEST_F(budget_fixture, what_returns_keeps_its_age) {
  auto& oldest = add("MESSAGE_CREATE", seconds{3});
  budget.start_delivery(oldest);
  auto& older = add("MESSAGE_CREATE", seconds{2});
  for (int i = 0; i < 4; ++i) add("MESSAGE_CREATE");
  budget.wait_again(oldest);
  EXPECT_EQ(drop(), &oldest);
  EXPECT_EQ(drop(), &older);
}

TEST_F(budget_fixture, forgetting_frees_memory) {
  auto& event = add("MESSAGE_CREATE");
  budget.start_delivery(event);
  budget.forget(event);
  EXPECT_EQ(budget.bytes(), 0U);
}

TEST_F(budget_fixture, nothing_is_too_old_by_default) {
  add("MESSAGE_CREATE", seconds{9000});
  EXPECT_FALSE(budget.overdue(start));
}

TEST_F(budget_fixture, an_interaction_does_not_outlive_its_token) {
  auto& interaction = add("INTERACTION_CREATE", seconds{15 * 60 + 1});
  const auto overdue = budget.overdue(start);
  ASSERT_TRUE(overdue);
  EXPECT_EQ(overdue.event, &interaction);
  EXPECT_EQ(overdue.reason, drop_reason::token_expired);
  EXPECT_FALSE(budget.overdue(start - seconds{1}));
}

TEST_F(aged_budget_fixture, drops_what_is_too_old_of_every_kind) {
  for (const char* name : {"TYPING_START", "MESSAGE_CREATE", "INTERACTION_CREATE"}) {
    auto& old = add(name, seconds{61});
    const auto overdue = budget.overdue(start);
    ASSERT_TRUE(overdue) << name;
    EXPECT_EQ(overdue.event, &old);
    EXPECT_EQ(overdue.reason, drop_reason::too_old);
    budget.forget(old);
  }
  add("MESSAGE_CREATE", seconds{60});
  EXPECT_FALSE(budget.overdue(start));
}

TEST_F(budget_fixture, congestion_has_hysteresis) {
  EXPECT_FALSE(budget.congested(2 * block));
  EXPECT_TRUE(budget.congested(2 * block + 1));
  EXPECT_TRUE(budget.congested(2 * block));
  EXPECT_TRUE(budget.congested(block * 3 / 2 + 1));
  EXPECT_FALSE(budget.congested(block * 3 / 2));
  EXPECT_FALSE(budget.congested(2 * block));
}

/// Several targets, fresh and loaded events, at given positions.
struct positions_fixture : budget_fixture {
  struct traits {
    std::int64_t position = 0;
    std::uint16_t target = 0;
    bool is_loaded = false;
    std::string_view name = "MESSAGE_CREATE";
    bool is_barrier = false;
  };
  events::event& put(const traits& wanted) {
    events.push_back(
        maker.make({.name = wanted.name, .is_barrier = wanted.is_barrier, .received = start}));
    events::event& event = *events.back();
    event.position = wanted.position;
    event.target = wanted.target;
    event.is_loaded = wanted.is_loaded;
    budget.admit(event);
    return event;
  }
};

TEST_F(positions_fixture, the_newest_is_asked_for_by_target) {
  EXPECT_EQ(budget.newest(0), nullptr);
  EXPECT_EQ(budget.newest(7), nullptr);
  auto& first = put({.position = 1, .target = 1});
  auto& second = put({.position = 2, .target = 0});
  auto& third = put({.position = 3, .target = 1});
  EXPECT_EQ(budget.newest(0), &second);
  EXPECT_EQ(budget.newest(1), &third);
  budget.forget(third);
  EXPECT_EQ(budget.newest(1), &first);
  EXPECT_EQ(budget.newest(2), nullptr);
}

TEST_F(positions_fixture, the_newest_may_be_of_any_kind_but_a_barrier) {
  auto& message = put({.position = 1});
  auto& typing = put({.position = 2, .name = "TYPING_START"});
  auto& interaction = put({.position = 3, .name = "INTERACTION_CREATE"});
  put({.position = 4, .name = "READY", .is_barrier = true});
  EXPECT_EQ(budget.newest(0), &interaction);
  budget.start_delivery(interaction);
  EXPECT_EQ(budget.newest(0), &typing);
  budget.forget(typing);
  EXPECT_EQ(budget.newest(0), &message);
}

TEST_F(positions_fixture, the_oldest_is_no_interaction_and_sheds_come_first) {
  EXPECT_EQ(budget.oldest(), nullptr);
  put({.position = 1, .name = "INTERACTION_CREATE"});
  EXPECT_EQ(budget.oldest(), nullptr);
  auto& message = put({.position = 2, .target = 1});
  EXPECT_EQ(budget.oldest(), &message);
  auto& typing = put({.position = 3, .name = "TYPING_START"});
  EXPECT_EQ(budget.oldest(), &typing);
}

TEST_F(positions_fixture, what_was_loaded_is_older_than_fresh_events_that_came_before_it) {
  auto& fresh = put({.position = 10});
  auto& loaded = put({.position = 1, .is_loaded = true});
  auto& later = put({.position = 2, .target = 1, .is_loaded = true});
  EXPECT_EQ(budget.oldest(), &loaded);
  EXPECT_EQ(budget.newest(0), &fresh);
  budget.forget(loaded);
  EXPECT_EQ(budget.oldest(), &later);
  budget.forget(fresh);
  EXPECT_EQ(budget.newest(0), nullptr);
  EXPECT_EQ(budget.newest(1), &later);
}

TEST_F(positions_fixture, loaded_events_of_several_shards_are_put_in_order) {
  auto& late = put({.position = 9, .is_loaded = true});
  auto& early = put({.position = 3, .is_loaded = true});
  auto& middle = put({.position = 5, .is_loaded = true});
  EXPECT_EQ(budget.newest(0), &late);
  for (events::event* expected : {&early, &middle, &late}) {
    EXPECT_EQ(budget.oldest(), expected);
    budget.forget(*expected);
  }
  EXPECT_EQ(budget.bytes(), 0U);
}

TEST_F(positions_fixture, the_victim_is_the_oldest_of_all_targets) {
  for (std::int64_t position = 3; position < 6; ++position) put({.position = position});
  auto& oldest = put({.position = 1, .target = 2, .is_loaded = true});
  auto& next = put({.position = 2, .target = 1});
  put({.position = 6, .target = 1});
  EXPECT_EQ(drop(), &oldest);
  EXPECT_EQ(drop(), &next);
  EXPECT_EQ(drop(), nullptr);
}

TEST_F(positions_fixture, the_bound_may_be_exceeded_by_an_allowance) {
  for (std::int64_t position = 1; position <= 5; ++position) put({.position = position});
  EXPECT_EQ(budget.victim(block), nullptr);
  EXPECT_NE(budget.victim(block - 1), nullptr);
  EXPECT_NE(budget.victim(), nullptr);
}

TEST_F(positions_fixture, what_returns_keeps_its_place_among_its_kind) {
  auto& first = put({.position = 1, .is_loaded = true});
  auto& second = put({.position = 2, .is_loaded = true});
  budget.start_delivery(first);
  budget.start_delivery(second);
  EXPECT_EQ(budget.oldest(), nullptr);
  budget.wait_again(second);
  budget.wait_again(first);
  EXPECT_EQ(budget.oldest(), &first);
  EXPECT_EQ(budget.newest(0), &second);
}

TEST_F(positions_fixture, ranks_are_those_of_the_settings) {
  EXPECT_EQ(budget.rank_of(maker.types.intern("TYPING_START")), queue_budget::rank::shed_first);
  EXPECT_EQ(budget.rank_of(maker.types.intern("MESSAGE_CREATE")), queue_budget::rank::ordinary);
  EXPECT_EQ(budget.rank_of(maker.types.intern("INTERACTION_CREATE")),
            queue_budget::rank::last_resort);
}

TEST(drop_log, tells_the_first_at_once_and_then_sums_up) {
  drop_log log;
  constexpr events::event_type typing{1};
  EXPECT_EQ(log.count(typing, drop_reason::memory, start), 1U);
  EXPECT_EQ(log.count(typing, drop_reason::memory, start + seconds{1}), 0U);
  EXPECT_EQ(log.count(typing, drop_reason::memory, start + seconds{2}), 0U);
  EXPECT_TRUE(log.has_untold());
  std::vector<std::uint64_t> told;
  const auto tell = [&](events::event_type, drop_reason, std::uint64_t n) { told.push_back(n); };
  log.summarize(start + seconds{9}, tell);
  EXPECT_TRUE(told.empty());
  log.summarize(start + seconds{10}, tell);
  EXPECT_EQ(told, std::vector<std::uint64_t>{2});
  EXPECT_FALSE(log.has_untold());
  EXPECT_EQ(log.entries().front().total, 3U);
}

TEST(drop_log, keeps_names_and_reasons_apart) {
  drop_log log;
  EXPECT_EQ(log.count(events::event_type{1}, drop_reason::memory, start), 1U);
  EXPECT_EQ(log.count(events::event_type{2}, drop_reason::memory, start), 1U);
  EXPECT_EQ(log.count(events::event_type{2}, drop_reason::too_old, start), 1U);
  EXPECT_EQ(log.entries().size(), 3U);
}

}  // namespace
}  // namespace gatehouse::delivery
