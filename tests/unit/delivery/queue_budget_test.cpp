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
