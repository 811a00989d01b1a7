#include "event_maker.hpp"

#include <gatehouse/delivery/queue_budget.hpp>

#include <gtest/gtest.h>

#include <string>
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
    events::event* victim = budget.excess() > 0 ? budget.victim() : nullptr;
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
  EXPECT_EQ(budget.excess(), 0U);
  EXPECT_EQ(drop(), nullptr);
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
  EXPECT_FALSE(budget.overdue(add("MESSAGE_CREATE", seconds{9000}), start));
  EXPECT_EQ(budget.next_overdue(start), nullptr);
}

TEST_F(budget_fixture, an_interaction_does_not_outlive_its_token) {
  auto& interaction = add("INTERACTION_CREATE", seconds{15 * 60 + 1});
  EXPECT_EQ(budget.next_overdue(start), &interaction);
  EXPECT_EQ(budget.overdue(interaction, start), drop_reason::token_expired);
  EXPECT_EQ(budget.next_overdue(start - seconds{1}), nullptr);
}

TEST_F(aged_budget_fixture, drops_what_is_too_old_of_every_kind) {
  for (const char* name : {"TYPING_START", "MESSAGE_CREATE", "INTERACTION_CREATE"}) {
    auto& old = add(name, seconds{61});
    ASSERT_EQ(budget.next_overdue(start), &old) << name;
    EXPECT_EQ(budget.overdue(old, start), drop_reason::too_old);
    budget.forget(old);
  }
  add("MESSAGE_CREATE", seconds{60});
  EXPECT_EQ(budget.next_overdue(start), nullptr);
}

TEST_F(aged_budget_fixture, a_barrier_is_never_too_old) {
  auto& ready = add("READY", seconds{9000}, true);
  EXPECT_FALSE(budget.overdue(ready, start));
  EXPECT_EQ(budget.next_overdue(start), nullptr);
}

TEST_F(budget_fixture, what_alone_exceeds_the_bound_takes_no_others_with_it) {
  auto& small = add("MESSAGE_CREATE");
  events.push_back(maker.make({.payload = std::string(5 * block, 'x')}));
  budget.admit(*events.back());
  EXPECT_TRUE(events.back()->is_oversized);
  EXPECT_EQ(budget.excess(), 0U);
  budget.forget(*events.back());
  EXPECT_EQ(budget.bytes(), small.memory_bytes());
}

TEST_F(budget_fixture, other_settings_rank_what_waits_anew) {
  auto& typing = add("TYPING_START");
  auto& message = add("MESSAGE_CREATE");
  config::queue_settings changed;
  changed.memory_bytes = block;
  changed.shed = {"MESSAGE_CREATE"};
  budget.apply(changed);
  EXPECT_EQ(drop(), &message);
  EXPECT_EQ(drop(), nullptr);
  EXPECT_EQ(budget.bytes(), typing.memory_bytes());
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

TEST_F(positions_fixture, what_was_loaded_is_older_than_fresh_events_that_came_before_it) {
  auto& fresh = put({.position = 10});
  auto& loaded = put({.position = 1, .is_loaded = true});
  auto& later = put({.position = 2, .target = 1, .is_loaded = true});
  for (events::event* expected : {&loaded, &later, &fresh}) {
    EXPECT_EQ(budget.victim(), expected);
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

TEST_F(positions_fixture, tells_by_how_much_it_is_exceeded) {
  for (std::int64_t position = 1; position <= 5; ++position) put({.position = position});
  EXPECT_EQ(budget.excess(), block);
  EXPECT_TRUE(budget.exceeds(8));
  EXPECT_FALSE(budget.exceeds(10));
}

TEST_F(positions_fixture, what_returns_keeps_its_place_among_its_kind) {
  auto& first = put({.position = 1, .is_loaded = true});
  auto& second = put({.position = 2, .is_loaded = true});
  auto& third = put({.position = 3, .is_loaded = true});
  budget.start_delivery(first);
  budget.start_delivery(second);
  EXPECT_EQ(budget.victim(), &third);
  budget.wait_again(second);
  budget.wait_again(first);
  EXPECT_EQ(budget.victim(), &first);
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
  EXPECT_EQ(log.count(typing, drop_reason::queue_full, 1, start), 1U);
  EXPECT_EQ(log.count(typing, drop_reason::queue_full, 1, start + seconds{1}), 0U);
  EXPECT_EQ(log.count(typing, drop_reason::queue_full, 1, start + seconds{2}), 0U);
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
  EXPECT_EQ(log.count(events::event_type{1}, drop_reason::queue_full, 1, start), 1U);
  EXPECT_EQ(log.count(events::event_type{2}, drop_reason::queue_full, 1, start), 1U);
  EXPECT_EQ(log.count(events::event_type{2}, drop_reason::too_old, 1, start), 1U);
  EXPECT_EQ(log.entries().size(), 3U);
}

}  // namespace
}  // namespace gatehouse::delivery
