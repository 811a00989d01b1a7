#include "spool_delivery_fixture.hpp"

#include <gatehouse/delivery/interaction_responder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace gatehouse::delivery {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Keeps what it is asked, until the test answers.
class fake_responder final : public interaction_responder {
 public:
  bool answer(const events::event& interaction, std::string_view,
              std::function<void(responder_answer)> done) override {
    asked.push_back(interaction.session->session_id() + ":" + std::to_string(interaction.seq));
    if (understands) answers.push_back(std::move(done));
    return understands;
  }

  bool understands = true;
  std::vector<std::string> asked;
  std::vector<std::function<void(responder_answer)>> answers;
};

class dispatcher_interaction : public spool_delivery_fixture {
 protected:
  static constexpr runtime::milliseconds never{600'000};

  dispatcher_interaction() {
    chosen.responder = &responder;
    chosen.answer_deadline = never;
    chosen.queue.spool_after = never;
  }
  std::string send_interaction(std::uint64_t guild = 7) {
    return send_one({.guild_id = guild, .name = "INTERACTION_CREATE"}, 20);
  }
  /// One that is due only after it has surely reached its handler, and soon after that.
  std::string send_unhurried_interaction() {
    return send_one({.guild_id = 7,
                     .name = "INTERACTION_CREATE",
                     .received = runtime::clock::now() + runtime::milliseconds{500}},
                    20);
  }
  /// One interaction that its handler has, and keeps, is being answered.
  bool reach_asked_under_way() {
    chosen.answer_deadline = runtime::milliseconds{20};
    handler.on_request = [](const auto&) { return silence(); };
    start();
    send_unhurried_interaction();
    return reach_requests(1) && reach_asked();
  }
  bool reach_asked(std::size_t count = 1) {
    return reach([&] { return responder.asked.size() >= count; });
  }
  void start_dead() {
    refuse_all();
    start();
    send_one({.guild_id = 1}, 20);
    ASSERT_TRUE(reach([&] { return told.count("down") == 1; }));
  }
  bool has_reached(const std::string& id) const {
    return std::find(accepted_ids.begin(), accepted_ids.end(), id) != accepted_ids.end();
  }

  fake_responder responder;
};

TEST_F(dispatcher_interaction, one_that_is_delivered_in_time_is_not_answered) {
  start();
  send_interaction();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_THAT(responder.asked, IsEmpty());
  EXPECT_EQ(handler.requests.back().header("X-Gatehouse-Deferred"), "");
}

TEST_F(dispatcher_interaction, is_answered_at_once_while_its_handler_is_down) {
  start_dead();
  const auto id = send_interaction();
  EXPECT_THAT(responder.asked, ElementsAre(id));
}

TEST_F(dispatcher_interaction, those_that_wait_are_answered_when_their_handler_goes_down) {
  handler.on_request = [](const auto&) { return silence(); };
  chosen.handlers.max_in_flight = 1;
  start();
  const auto under_way = send_interaction(1);
  const auto waiting = send_interaction(2);
  ASSERT_TRUE(reach_requests(1));
  EXPECT_THAT(responder.asked, IsEmpty());
  refuse_all();
  handler.say(0, status(503).bytes);
  ASSERT_TRUE(reach_asked(2));
  EXPECT_THAT(responder.asked, ElementsAre(under_way, waiting));
}

TEST_F(dispatcher_interaction, other_events_are_nobodys_to_answer) {
  start_dead();
  send_one({.guild_id = 7});
  EXPECT_THAT(responder.asked, IsEmpty());
}

TEST_F(dispatcher_interaction, one_that_queues_is_answered_at_half_of_the_deadline) {
  chosen.answer_deadline = runtime::milliseconds{40};
  handler.on_request = [](const auto&) { return silence(); };
  start();
  send_one({.guild_id = 7});
  const auto id = send_interaction(7);
  ASSERT_TRUE(reach_asked());
  EXPECT_THAT(responder.asked, ElementsAre(id));
  EXPECT_EQ(handler.requests.size(), 1U);
}

TEST_F(dispatcher_interaction, one_that_its_handler_keeps_is_answered_at_the_deadline) {
  chosen.answer_deadline = runtime::milliseconds{40};
  handler.on_request = [](const auto&) { return silence(); };
  start();
  const auto id = send_unhurried_interaction();
  ASSERT_TRUE(reach_requests(1));
  ASSERT_TRUE(reach_asked());
  EXPECT_EQ(first_target().in_flight, 1U);
  responder.answers[0]({.deferred = 5});
  accepted_ids.push_back(id);
  handler.say(0, status(204).bytes);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.requests.size(), 1U);
}

TEST_F(dispatcher_interaction, is_not_sent_while_it_is_answered_and_marked_afterwards) {
  start_dead();
  const auto id = send_interaction(7);
  send_one({.guild_id = 7});
  accept_all();
  ASSERT_TRUE(reach([&] { return has_reached("session0:1"); }));
  send_one({.guild_id = 8});
  ASSERT_TRUE(reach([&] { return has_reached("session0:4"); }));
  EXPECT_FALSE(has_reached(id));
  responder.answers[0]({.deferred = 5});
  ASSERT_TRUE(reach_all_settled());
  EXPECT_THAT(accepted_ids, ElementsAre("session0:1", "session0:4", "session0:2", "session0:3"));
  EXPECT_EQ(handler.requests[handler.requests.size() - 2].header("X-Gatehouse-Deferred"), "5");
  EXPECT_EQ(handler.requests.back().header("X-Gatehouse-Deferred"), "");
  EXPECT_THAT(responder.asked, ElementsAre(id));
}

TEST_F(dispatcher_interaction, one_taken_back_while_it_is_answered_waits_for_the_answer) {
  ASSERT_TRUE(reach_asked_under_way());
  accept_all();
  handler.say(0, status(500).bytes);
  ASSERT_TRUE(reach([&] { return first_target().retried == 1; }));
  send_one({.guild_id = 8});
  ASSERT_TRUE(reach([&] { return has_reached("session0:2"); }));
  responder.answers[0]({.deferred = 6});
  ASSERT_TRUE(reach_all_settled());
  EXPECT_THAT(accepted_ids, ElementsAre("session0:2", "session0:1"));
  EXPECT_EQ(handler.requests.back().header("X-Gatehouse-Deferred"), "6");
  EXPECT_EQ(handler.requests.back().header("X-Gatehouse-Attempt"), "2");
}

TEST_F(dispatcher_interaction, a_final_answer_ends_it) {
  start_dead();
  send_interaction(7);
  send_one({.guild_id = 7});
  responder.answers[0]({.deferred = 0, .is_final = true});
  EXPECT_EQ(delivery->snapshot().answered_finally, 1U);
  accept_all();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_THAT(accepted_ids, ElementsAre("session0:1", "session0:3"));
  EXPECT_EQ(dropped(), 0U);
  EXPECT_EQ(delivery->snapshot().bytes, 0U);
}

TEST_F(dispatcher_interaction, a_final_answer_while_under_way_prevents_a_repetition) {
  chosen.answer_deadline = runtime::milliseconds{20};
  handler.on_request = [](const auto&) { return silence(); };
  start();
  send_unhurried_interaction();
  send_one({.guild_id = 7});
  ASSERT_TRUE(reach_requests(1));
  ASSERT_TRUE(reach_asked());
  responder.answers[0]({.deferred = 0, .is_final = true});
  EXPECT_EQ(delivery->snapshot().answered_finally, 0U);
  accept_all();
  handler.say(0, status(500).bytes);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(delivery->snapshot().answered_finally, 1U);
  EXPECT_THAT(accepted_ids, ElementsAre("session0:2"));
  EXPECT_EQ(dropped(), 0U);
}

TEST_F(dispatcher_interaction, one_delivered_after_its_final_answer_counts_as_delivered) {
  ASSERT_TRUE(reach_asked_under_way());
  responder.answers[0]({.deferred = 0, .is_final = true});
  handler.say(0, status(204).bytes);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(first_target().delivered, 1U);
  EXPECT_EQ(delivery->snapshot().answered_finally, 0U);
}

TEST_F(dispatcher_interaction, one_whose_answer_fails_is_delivered_unmarked) {
  start_dead();
  const auto id = send_interaction(7);
  responder.answers[0]({});
  accept_all();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_TRUE(has_reached(id));
  EXPECT_EQ(handler.requests.back().header("X-Gatehouse-Deferred"), "");
}

TEST_F(dispatcher_interaction, one_that_nobody_understands_is_an_event_like_others) {
  responder.understands = false;
  start_dead();
  const auto id = send_interaction(7);
  accept_all();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_TRUE(has_reached(id));
  EXPECT_THAT(responder.asked, ElementsAre(id));
}

TEST_F(dispatcher_interaction, an_answer_that_comes_too_late_does_no_harm) {
  ASSERT_TRUE(reach_asked_under_way());
  handler.say(0, status(204).bytes);
  ASSERT_TRUE(reach_all_settled());
  responder.answers[0]({.deferred = 5});
  EXPECT_EQ(first_target().delivered, 1U);
}

TEST_F(dispatcher_interaction, the_mark_stays_on_repetitions) {
  start_dead();
  send_interaction(7);
  responder.answers[0]({.deferred = 5});
  const auto before = handler.requests.size();
  ASSERT_TRUE(reach([&] {
    return std::count_if(handler.requests.begin() + static_cast<std::ptrdiff_t>(before),
                         handler.requests.end(), [](const auto& each) {
                           return each.header("X-Gatehouse-Deferred") == "5";
                         }) >= 2;
  }));
  EXPECT_EQ(responder.asked.size(), 1U);
}

TEST_F(dispatcher_interaction, one_that_lines_up_behind_the_spool_is_answered_at_once) {
  chosen.queue.spool_after = runtime::milliseconds{0};
  handler.kill();
  start_spooled();
  for (int i = 0; i < 3; ++i) send_one({.guild_id = 7});
  ASSERT_TRUE(restart());
  const auto id = send_interaction(7);  // nothing is loaded yet; the handler counts as up
  EXPECT_THAT(responder.asked, ElementsAre(id));
  handler.start();
  ASSERT_TRUE(reach([&] { return accepted_ids.size() == 3; }));
  responder.answers[0]({.deferred = 5});
  ASSERT_TRUE(reach_nothing_left());
  expect_all_accepted_in_order();
  EXPECT_EQ(handler.requests.back().header("X-Gatehouse-Deferred"), "5");
}

TEST_F(dispatcher_interaction, one_that_lined_up_may_be_ended_by_its_answer) {
  handler.kill();
  start_spooled();
  send_one({.guild_id = 7});
  ASSERT_TRUE(restart());
  send_interaction(7);
  responder.answers.at(0)({.deferred = 0, .is_final = true});
  EXPECT_EQ(delivery->snapshot().answered_finally, 1U);
  send_one({.guild_id = 7});
  handler.start();
  ASSERT_TRUE(reach_nothing_left());
  EXPECT_THAT(accepted_ids, ElementsAre("session0:1", "session0:3"));
}

TEST_F(dispatcher_interaction, the_mark_survives_a_restart) {
  chosen.queue.spool_after = runtime::milliseconds{0};
  handler.kill();
  start_spooled();
  send_one({.guild_id = 1});
  ASSERT_TRUE(reach([&] { return told.count("down") == 1; }));
  send_interaction(7);
  ASSERT_TRUE(reach([&] { return spool->usage().events == 2; }));
  responder.answers.at(0)({.deferred = 6});
  ASSERT_TRUE(restart());
  handler.start();
  ASSERT_TRUE(reach_nothing_left());
  expect_all_accepted_in_order();
  const auto marked =
      std::find_if(handler.requests.begin(), handler.requests.end(),
                   [](const auto& each) { return each.header("X-Gatehouse-Deferred") == "6"; });
  ASSERT_NE(marked, handler.requests.end());
  EXPECT_EQ(marked->header("X-Gatehouse-Event-Id"), "session0:2");
  EXPECT_EQ(responder.asked.size(), 1U);
}

TEST_F(dispatcher_interaction, many_are_answered_and_kept_through_an_outage) {
  chosen.queue.spool_after = runtime::milliseconds{1};
  handler.kill();
  start_spooled();
  send_one({.guild_id = 1});
  ASSERT_TRUE(reach([&] { return told.count("down") == 1; }));
  for (int round = 0; round < 100; ++round) {
    ASSERT_TRUE(send_many(9, guilds(1, 9)));
    send_interaction(static_cast<std::uint64_t>(round % 9) + 1);
    if (responder.answers.size() > 5) {
      responder.answers.front()({.deferred = 5});
      responder.answers.erase(responder.answers.begin());
    }
  }
  for (const auto& answer : responder.answers) answer({.deferred = 5});
  EXPECT_EQ(responder.asked.size(), 100U);
  handler.start();
  ASSERT_TRUE(reach_nothing_left());
  EXPECT_EQ(dropped(), 0U);
  expect_all_accepted_in_order();
  EXPECT_EQ(
      std::count_if(handler.requests.begin(), handler.requests.end(),
                    [](const auto& each) { return each.header("X-Gatehouse-Deferred") == "5"; }),
      100);
}

}  // namespace
}  // namespace gatehouse::delivery
