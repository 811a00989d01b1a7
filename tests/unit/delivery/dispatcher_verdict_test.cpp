#include "delivery_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::delivery {
namespace {

using namespace testing;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Events that a handler will not take, one by one or all of them.
class dispatcher_verdict : public delivery_fixture {
 protected:
  static bool is_poison(const received_request& got) {
    return got.body.find("poison") != std::string::npos;
  }
  void send_poison(std::uint64_t guild) { send({.guild_id = guild, .payload = R"("poison")"}); }
  /// One event after another in a lane of its own, until `holds`.
  template <class Condition>
  [[nodiscard]] bool serve_others_until(Condition&& holds) {
    const auto deadline = runtime::clock::now() + runtime::seconds{10};
    while (!holds() && runtime::clock::now() < deadline) {
      const auto before = first_target().delivered;
      send_to_guild(1'000);
      if (!reach([&] { return first_target().delivered > before || holds(); })) return false;
    }
    return holds();
  }
};

class poisonous : public dispatcher_verdict, public ::testing::WithParamInterface<reaction> {};

TEST_P(poisonous, is_set_aside_after_so_many_attempts_and_its_lane_goes_on) {
  chosen.handlers.poison_attempts = 3;
  handler.on_request = [](const auto& got) { return is_poison(got) ? GetParam() : status(204); };
  start();
  send_to_guild(7);
  send_poison(7);
  send_to_guild(7);
  ASSERT_TRUE(serve_others_until([&] { return !refused.empty(); }));
  EXPECT_THAT(refused, ElementsAre(std::pair{std::string{"session0:2"}, 0}));
  EXPECT_THAT(reasons.front(), HasSubstr("failed 3 times while the handler served others"));
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(told.count("down"), 0U);
}

INSTANTIATE_TEST_SUITE_P(ways, poisonous,
                         ::testing::Values(status(500), reaction{"", true, false},
                                           reaction{"", false, true}));

TEST_F(dispatcher_verdict, without_a_bound_a_poisonous_event_is_sent_again_for_ever) {
  chosen.handlers.poison_attempts = 0;
  int attempts = 0;
  handler.on_request = [&](const auto& got) {
    if (is_poison(got)) ++attempts;
    return is_poison(got) ? status(500) : status(204);
  };
  start();
  send_poison(7);
  ASSERT_TRUE(serve_others_until([&] { return attempts > 6; }));
  EXPECT_TRUE(refused.empty());
}

TEST_F(dispatcher_verdict, an_outage_is_not_blamed_on_the_event_that_is_tried) {
  chosen.handlers.poison_attempts = 2;
  handler.on_request = [](const auto&) { return status(503); };
  start();
  send();
  ASSERT_TRUE(reach_requests(8));
  EXPECT_TRUE(refused.empty());
  handler.on_request = nullptr;
  ASSERT_TRUE(reach_all_settled());
}

TEST_F(dispatcher_verdict, a_poisonous_event_of_a_batch_takes_no_others_along) {
  chosen.handlers.poison_attempts = 2;
  chosen.handlers.batch_max_events = 10;
  handler.on_request = [](const auto& got) { return is_poison(got) ? status(500) : status(204); };
  start();
  send_to_guild(1'000);
  ASSERT_TRUE(reach_all_settled());
  send_to_guild(7);
  send_poison(7);
  send_to_guild(7);
  ASSERT_TRUE(serve_others_until([&] { return !refused.empty(); }));
  EXPECT_THAT(refused, ElementsAre(std::pair{std::string{"session0:3"}, 0}));
  ASSERT_TRUE(reach_all_settled());
}

TEST_F(dispatcher_verdict, a_handler_that_refuses_everything_empties_no_queue) {
  chosen.handlers.refused_limit = 5;
  chosen.handlers.max_in_flight = 1;
  handler.on_request = [](const auto&) { return status(400); };
  start();
  for (int i = 0; i < 30; ++i) send_to_guild(static_cast<std::uint64_t>(i));
  ASSERT_TRUE(reach([&] { return told.count("down") == 1 && handler.requests.size() > 12; }));
  EXPECT_EQ(refused.size(), 5U);
  EXPECT_EQ(told.count("misconfigured: 400"), 1U);
  handler.on_request = nullptr;
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(first_target().delivered, 25U);
  EXPECT_EQ(refused.size(), 5U);
  EXPECT_EQ(told.count("up"), 1U);
}

TEST_F(dispatcher_verdict, refused_events_between_accepted_ones_are_no_sign_of_that) {
  chosen.handlers.refused_limit = 2;
  handler.on_request = [](const auto& got) { return is_poison(got) ? status(422) : status(204); };
  start();
  for (int i = 0; i < 10; ++i) {
    send_poison(7);
    send_to_guild(7);
  }
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(refused.size(), 10U);
  EXPECT_EQ(told.count("down"), 0U);
}

TEST_F(dispatcher_verdict, a_refused_event_stays_open_until_it_is_kept) {
  std::function<void()> kept;
  chosen.on_refused = [&](const events::event&, const refusal&, std::function<void()> when_kept) {
    kept = std::move(when_kept);
  };
  handler.on_request = [](const auto& got) { return is_poison(got) ? status(413) : status(204); };
  start();
  send_poison(7);
  send_to_guild(7);
  ASSERT_TRUE(reach([&] { return first_target().delivered == 1; }));
  EXPECT_EQ(maker.sessions.at(0)->safe_seq(), 0);
  EXPECT_GT(delivery->snapshot().bytes, 0U);
  kept();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(maker.sessions.at(0)->safe_seq(), 2);
  EXPECT_EQ(delivery->snapshot().bytes, 0U);
}

TEST_F(dispatcher_verdict, a_handler_that_is_down_with_nothing_queued_is_found_up_again) {
  handler.on_request = [](const auto&) { return status(503); };
  start();
  send();
  ASSERT_TRUE(reach([&] { return told.count("down") == 1; }));
  handler.on_request = nullptr;
  ASSERT_TRUE(reach_all_settled());
  handler.kill();
  send();
  ASSERT_TRUE(reach([&] { return told.count("down") == 2; }));
  ASSERT_TRUE(reach([&] { return first_target().queued == 1; }));
  chosen.queue.max_age = runtime::seconds{1};
  delivery->apply(chosen);  // the event is dropped: nothing is left to try it with
  ASSERT_TRUE(reach([&] { return first_target().queued == 0; }));
  EXPECT_NE(first_target().state, health_state::up);
  handler.start();
  ASSERT_TRUE(reach([&] { return first_target().state == health_state::up; }));
  EXPECT_EQ(told.count("up"), 2U);
}

TEST_F(dispatcher_verdict, an_event_larger_than_the_memory_is_turned_away_alone) {
  chosen.queue.memory_bytes = 64'000;
  handler.kill();
  start();
  send_to_guild(7, 20);
  ASSERT_TRUE(reach([&] { return told.count("down") == 1; }));
  send({.name = "GUILD_CREATE", .payload = '"' + std::string(100'000, 'x') + '"'});
  EXPECT_THAT(told.lines, Contains("dropped: GUILD_CREATE 1"));
  EXPECT_EQ(first_target().queued, 20U);
  handler.start();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(first_target().delivered, 20U);
  send({.name = "GUILD_CREATE", .payload = '"' + std::string(100'000, 'x') + '"'});
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(first_target().delivered, 21U);
}

TEST_F(dispatcher_verdict, a_large_request_goes_out_in_pieces_and_whole) {
  start();
  const std::string large(4UL << 20, 'y');
  send({.guild_id = 7, .payload = '"' + large + '"'});
  send_to_guild(7);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.requests.front().body, "{\"shardId\":0,\"message\":\"" + large + "\"}");
  EXPECT_EQ(first_target().retried, 0U);
}

}  // namespace
}  // namespace gatehouse::delivery
