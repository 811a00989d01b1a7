#include "agent_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace gatehouse::fleet {
namespace {

using testing::Contains;
using testing::HasSubstr;

class agents : public testing::Test {
 protected:
  static bool has_sessions(const agent_world::machine& of, std::size_t count) {
    const auto& held = of.book.held;
    return held.size() == count && std::all_of(held.begin(), held.end(), [](const auto& each) {
             return each.second.has_value();
           });
  }
  /// Two members with half of the shards each.
  void start_two() {
    one_ = &world_.start("m1");
    two_ = &world_.start("m2");
    ASSERT_TRUE(world_.run_until([&] { return has_sessions(*one_, 2) && has_sessions(*two_, 2); }))
        << one_->book.held.size() << " and " << two_->book.held.size();
  }

  agent_world world_;
  agent_world::machine* one_ = nullptr;
  agent_world::machine* two_ = nullptr;
};

TEST_F(agents, share_the_shards_of_a_cold_start) {
  start_two();
  EXPECT_EQ(one_->book.identifies + two_->book.identifies, shard_book::shards);
  const auto view = one_->runs->view();
  EXPECT_EQ(view.total_shards, shard_book::shards);
  EXPECT_EQ(view.owned, 2U);
  EXPECT_EQ(view.assigned, 2U);
  EXPECT_EQ(view.contact, "live");
  ASSERT_EQ(view.members.size(), 2U);
  EXPECT_EQ(view.members[1].name, "m2");
  EXPECT_EQ(view.members[1].planned, 2U);
  EXPECT_EQ(view.members[0].is_coordinator + view.members[1].is_coordinator, 1);
}

TEST_F(agents, an_heir_resumes_what_a_killed_member_has_had) {
  start_two();
  const auto left = one_->book.held;
  for (const auto& [id, session] : left) one_->runs->checkpoint({{id, 40 + id}});
  // One that is answered tells that the one before it was: keys are written in order.
  ASSERT_TRUE(world_.run_until([&] { return one_->engine->calls() > 0; }));
  world_.run_for(std::chrono::milliseconds{100});
  agent_world::kill(*one_);
  ASSERT_TRUE(world_.run_until([&] { return two_->book.held.size() == 4; }));
  for (const auto& [id, session] : left) {
    ASSERT_TRUE(two_->book.held[id]);
    EXPECT_EQ(two_->book.held[id]->id, session->id);
    EXPECT_EQ(two_->book.held[id]->seq, 40 + id) << "the newest position, not the session's first";
  }
  EXPECT_EQ(two_->book.identifies, 2);
  EXPECT_EQ(two_->runs->view().takeovers, 2U);
}

/// Its positions are behind, or of another session: they must not be taken for this one's.
TEST_F(agents, a_new_session_does_not_inherit_the_position_of_the_one_before) {
  start_two();
  const int id = one_->book.held.begin()->first;
  one_->runs->checkpoint({{id, 5'000}});
  world_.run_for(std::chrono::milliseconds{100});
  one_->runs->on_session(id, {"fresh", "ws://x", 1, 2, 0});
  world_.run_for(std::chrono::milliseconds{100});
  agent_world::kill(*one_);
  ASSERT_TRUE(world_.run_until([&] { return two_->book.held.size() == 4; }));
  ASSERT_TRUE(two_->book.held[id]);
  EXPECT_EQ(two_->book.held[id]->id, "fresh");
  EXPECT_EQ(two_->book.held[id]->seq, 2);
}

TEST_F(agents, a_member_that_is_back_in_time_keeps_its_shards) {
  start_two();
  const auto before = one_->book.held;
  agent_world::kill(*one_);
  auto& back = world_.start("m1");
  ASSERT_TRUE(world_.run_until([&] { return has_sessions(back, 2); }));
  for (const auto& [id, session] : before) EXPECT_EQ(back.book.held[id]->id, session->id);
  EXPECT_EQ(back.book.identifies, 0);
  EXPECT_TRUE(has_sessions(*two_, 2));
}

TEST_F(agents, one_that_drains_gives_all_away) {
  start_two();
  bool is_done = false;
  one_->runs->drain([&] { is_done = true; });
  ASSERT_TRUE(world_.run_until([&] { return is_done; }));
  EXPECT_TRUE(one_->book.held.empty());
  ASSERT_TRUE(world_.run_until([&] { return has_sessions(*two_, 4); }));
  EXPECT_EQ(two_->book.identifies, 2) << "what was given away is resumed";
}

TEST_F(agents, the_last_one_does_not_wait_for_heirs) {
  auto& alone = world_.start("m1");
  ASSERT_TRUE(world_.run_until([&] { return has_sessions(alone, 4); }));
  bool is_done = false;
  alone.runs->drain([&] { is_done = true; });
  EXPECT_TRUE(is_done);
  EXPECT_EQ(alone.book.held.size(), 4U);
  EXPECT_THAT(world_.log(), Contains(HasSubstr("there is nobody to take them")));
}

TEST_F(agents, one_without_contact_keeps_its_shards_and_claims_none) {
  start_two();
  one_->engine->set_trouble(nats::trouble::timed_out);
  ASSERT_TRUE(world_.run_until([&] { return one_->book.is == contact::isolated; }));
  agent_world::kill(*two_);
  world_.run_for(std::chrono::milliseconds{600});  // longer than a takeover takes
  EXPECT_EQ(one_->book.held.size(), 2U);
  one_->engine->set_trouble(nats::trouble::none);
  EXPECT_TRUE(world_.run_until([&] { return has_sessions(*one_, 4); }));
}

TEST_F(agents, a_second_process_of_the_same_name_ends) {
  start_two();
  auto& double_of_one = world_.start("m1");
  ASSERT_TRUE(world_.run_until([&] { return !double_of_one.book.ended.empty(); }));
  EXPECT_TRUE(one_->book.ended.empty());
  EXPECT_TRUE(has_sessions(*one_, 2));
}

TEST_F(agents, what_makes_no_sense_on_the_wire_is_counted_and_ignored) {
  start_two();
  const auto stranger = world_.servers().make_process();
  const auto client = stranger->make_client(world_.context().get_executor());
  for (const char* subject : {"f.hb", "f.news", "f.coordinator", "f.m.m1"}) {
    client->publish({subject, "{\"schema\":1,\"kind\":\"heartbeat\"}", {}, {}});
  }
  ASSERT_TRUE(world_.run_until([&] { return one_->runs->view().bad_messages == 4; }));
  EXPECT_TRUE(has_sessions(*one_, 2));
}

TEST_F(agents, wait_for_a_bucket_that_they_may_not_create) {
  auto& waits = world_.start("m1", false);
  world_.run_for(std::chrono::milliseconds{300});
  EXPECT_EQ(waits.runs->view().state, "waiting for NATS");
  EXPECT_THAT(world_.log(), Contains(HasSubstr("waiting for the bucket f_state")));
  world_.start("m2");
  EXPECT_TRUE(world_.run_until([&] { return has_sessions(waits, 2); }));
}

}  // namespace
}  // namespace gatehouse::fleet
