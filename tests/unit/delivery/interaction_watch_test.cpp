#include "interaction_watch.hpp"

#include "event_maker.hpp"

#include <gatehouse/delivery/queue_budget.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace gatehouse::delivery {
namespace {

using runtime::milliseconds;

constexpr auto start = runtime::time_point{runtime::seconds{100}};

struct watch_fixture : ::testing::Test {
  /// Waits, until its delivery is started.
  events::event& add(milliseconds age = milliseconds{0}, std::uint16_t target = 0) {
    events.push_back(maker.make({.name = "INTERACTION_CREATE", .received = start - age}));
    events.back()->target = target;
    budget.admit(*events.back());
    watch.add(*events.back());
    return *events.back();
  }
  std::vector<events::event*> take_all_of(std::size_t target) {
    std::vector<events::event*> taken;
    watch.take_all_of(target, [&](events::event& each) { taken.push_back(&each); });
    return taken;
  }

  testing::event_maker maker;
  std::vector<events::event_ptr> events;
  queue_budget budget{{}, maker.types};
  interaction_watch watch{milliseconds{2'000}};
};

TEST_F(watch_fixture, nothing_is_due_without_interactions) {
  EXPECT_EQ(watch.take_due(start), nullptr);
  EXPECT_EQ(watch.next_due(), runtime::time_point::max());
}

TEST_F(watch_fixture, what_waits_is_due_at_half_the_deadline) {
  auto& waiting = add();
  EXPECT_EQ(watch.next_due(), start + milliseconds{1'000});
  EXPECT_EQ(watch.take_due(start + milliseconds{999}), nullptr);
  EXPECT_EQ(watch.take_due(start + milliseconds{1'000}), &waiting);
  EXPECT_EQ(watch.take_due(start + milliseconds{9'000}), nullptr);
  EXPECT_EQ(watch.next_due(), runtime::time_point::max());
}

TEST_F(watch_fixture, what_its_handler_has_is_due_at_the_deadline) {
  auto& taken = add();
  budget.start_delivery(taken);
  EXPECT_EQ(watch.take_due(start + milliseconds{1'000}), nullptr);
  EXPECT_EQ(watch.next_due(), start + milliseconds{2'000});
  EXPECT_EQ(watch.take_due(start + milliseconds{1'999}), nullptr);
  EXPECT_EQ(watch.take_due(start + milliseconds{2'000}), &taken);
  EXPECT_EQ(watch.next_due(), runtime::time_point::max());
}

TEST_F(watch_fixture, one_under_way_beyond_the_deadline_is_due_although_nobody_looked) {
  auto& taken = add();
  budget.start_delivery(taken);
  EXPECT_EQ(watch.take_due(start + milliseconds{2'500}), &taken);
}

TEST_F(watch_fixture, all_that_are_due_come_one_after_another) {
  auto& first = add(milliseconds{3});
  auto& second = add(milliseconds{2});
  auto& third = add(milliseconds{1});
  budget.start_delivery(second);
  const auto half = start + milliseconds{1'000};
  EXPECT_EQ(watch.take_due(half), &first);
  EXPECT_EQ(watch.take_due(half), &third);
  EXPECT_EQ(watch.take_due(half), nullptr);
  EXPECT_EQ(watch.next_due(), second.received + milliseconds{2'000});
}

TEST_F(watch_fixture, the_next_moment_is_the_earlier_of_both_kinds) {
  auto& taken = add(milliseconds{900});
  budget.start_delivery(taken);
  EXPECT_EQ(watch.take_due(start + milliseconds{100}), nullptr);
  add();
  EXPECT_EQ(watch.next_due(), start + milliseconds{1'000});
  EXPECT_NE(watch.take_due(start + milliseconds{1'000}), nullptr);
  EXPECT_EQ(watch.next_due(), start + milliseconds{1'100});
}

TEST_F(watch_fixture, events_leave_when_they_are_destroyed) {
  auto& gone = add();
  budget.forget(gone);
  events.clear();
  EXPECT_EQ(watch.next_due(), runtime::time_point::max());
}

TEST_F(watch_fixture, all_of_a_target_leave_together) {
  auto& early = add(milliseconds{0}, 1);
  auto& other = add(milliseconds{0}, 0);
  auto& late = add(milliseconds{1'500}, 1);
  budget.start_delivery(late);
  EXPECT_EQ(take_all_of(1), (std::vector<events::event*>{&early, &late}));
  EXPECT_TRUE(take_all_of(1).empty());
  EXPECT_EQ(take_all_of(0), (std::vector<events::event*>{&other}));
}

TEST_F(watch_fixture, all_of_a_target_include_those_past_half_their_time) {
  auto& late = add();
  budget.start_delivery(late);
  EXPECT_EQ(watch.take_due(start + milliseconds{1'000}), nullptr);
  EXPECT_EQ(take_all_of(0), (std::vector<events::event*>{&late}));
  EXPECT_EQ(watch.next_due(), runtime::time_point::max());
}

}  // namespace
}  // namespace gatehouse::delivery
