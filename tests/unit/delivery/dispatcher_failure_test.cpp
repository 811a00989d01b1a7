#include "delivery_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::delivery {
namespace {

using namespace testing;
using ::testing::ElementsAre;

class dispatcher_failure : public delivery_fixture {
 protected:
  /// Answers the first `count` requests with one status, all later ones with 204.
  void fail_first(int count, int code, std::string headers = "") {
    handler.on_request = [this, count, code, headers](const auto&) {
      return handler.requests.size() <= static_cast<std::size_t>(count) ? status(code, headers)
                                                                        : status(204);
    };
  }
};

class dispatcher_retry : public dispatcher_failure, public ::testing::WithParamInterface<int> {};

TEST_P(dispatcher_retry, comes_again_until_it_is_accepted) {
  fail_first(5, GetParam());
  start();
  send_to_guild(7, 2);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.requests.size(), 7U);
  EXPECT_EQ(handler.requests[5].header("X-Gatehouse-Event-Id"), "session0:1");
  EXPECT_EQ(handler.requests[5].header("X-Gatehouse-Attempt"), "6");
  EXPECT_EQ(handler.requests[6].header("X-Gatehouse-Event-Id"), "session0:2");
  EXPECT_TRUE(refused.empty());
  EXPECT_EQ(told.count("down"), 1U);
  EXPECT_EQ(told.count("up"), 1U);
}

INSTANTIATE_TEST_SUITE_P(statuses, dispatcher_retry,
                         ::testing::Values(408, 425, 429, 500, 502, 503, 504, 401, 403, 404, 405,
                                           301, 308));

class dispatcher_refusal : public dispatcher_failure, public ::testing::WithParamInterface<int> {};

TEST_P(dispatcher_refusal, sets_the_event_aside_and_goes_on) {
  fail_first(1, GetParam());
  start();
  send_to_guild(7, 2);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_THAT(refused, ElementsAre(std::pair{std::string{"session0:1"}, GetParam()}));
  EXPECT_EQ(handler.requests.size(), 2U);
  EXPECT_EQ(maker.sessions.at(0)->safe_seq(), 2);
  EXPECT_EQ(told.count("down"), 0U);
}

INSTANTIATE_TEST_SUITE_P(statuses, dispatcher_refusal,
                         ::testing::Values(400, 402, 409, 410, 413, 415, 422));

TEST_F(dispatcher_failure, a_wrong_secret_is_reported_once) {
  fail_first(6, 401);
  start();
  send_to_guild(7);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(told.count("misconfigured: 401"), 1U);
}

TEST_F(dispatcher_failure, waits_as_long_as_it_is_asked_to) {
  fail_first(1, 503, "Retry-After: 50\r\n");
  start();
  send_to_guild(7);
  ASSERT_TRUE(reach([&] { return told.count("down") == 1; }));
  const auto status = first_target();
  EXPECT_EQ(status.state, health_state::down);
  EXPECT_EQ(status.last_error, "HTTP status 503");
  ASSERT_TRUE(status.next_probe);
  EXPECT_GT(*status.next_probe, runtime::seconds{40});
  ASSERT_TRUE(stop());
}

TEST_F(dispatcher_failure, one_poisonous_event_stops_its_lane_only) {
  handler.on_request = [](const received_request& got) {
    return got.body.find("poison") == std::string::npos ? status(204) : status(500);
  };
  start();
  send({.guild_id = 1, .payload = R"("poison")"});
  send_to_guild(1);
  for (std::uint64_t guild = 2; guild < 50; ++guild) send_to_guild(guild);
  ASSERT_TRUE(reach([&] { return first_target().delivered == 48; }));
  EXPECT_EQ(first_target().queued + first_target().in_flight, 2U);
}

TEST_F(dispatcher_failure, what_a_url_with_another_query_serves_is_not_held_against_an_event) {
  chosen.handlers.urls = {handler.url("/events?broken"), handler.url("/events?well")};
  chosen.handlers.poison_attempts = 2;
  std::size_t failed = 0;
  std::size_t served = 0;
  handler.on_request = [&](const received_request& got) {
    const bool is_well = got.head.find("?well") != std::string::npos;
    ++(is_well ? served : failed);
    return status(is_well ? 204 : 500);
  };
  start();
  send();
  for (std::size_t round = 1; round <= 6; ++round) {
    const auto before = served;
    send({.shard_id = 1});
    ASSERT_TRUE(reach([&] { return served > before && failed > round; }));
  }
  EXPECT_TRUE(refused.empty());
}

TEST_F(dispatcher_failure, a_handler_that_returns_gets_everything_in_order) {
  start();
  send_to_guild(7, 2);
  ASSERT_TRUE(reach_all_settled());
  handler.kill();
  for (int i = 0; i < 10; ++i) {
    send_to_guild(7);
    send_to_guild(8);
  }
  ASSERT_TRUE(reach([&] { return told.count("down") == 1; }));
  EXPECT_EQ(first_target().queued + first_target().in_flight, 20U);
  handler.requests.clear();
  handler.start();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(told.count("up"), 1U);
  int last_of_7 = 0;
  int last_of_8 = 0;
  for (const auto& id : ids()) {
    const int seq = std::stoi(id.substr(id.find(':') + 1));
    int& last = seq % 2 == 1 ? last_of_7 : last_of_8;
    EXPECT_LT(last, seq);
    last = seq;
  }
  EXPECT_EQ(handler.requests.size(), 20U);
}

TEST_F(dispatcher_failure, probes_a_dead_handler_one_request_at_a_time) {
  handler.on_request = [](const auto&) { return status(503); };
  start();
  for (std::uint64_t guild = 1; guild <= 30; ++guild) send_to_guild(guild);
  ASSERT_TRUE(reach([&] { return told.count("down") == 1 && first_target().in_flight == 0; }));
  const auto before = handler.requests.size();
  ASSERT_TRUE(reach_requests(before + 5));
  EXPECT_LE(first_target().in_flight, 1U);
  // They rotate over the lanes.
  EXPECT_NE(handler.requests[before].header("X-Gatehouse-Event-Id"),
            handler.requests[before + 1].header("X-Gatehouse-Event-Id"));
  handler.on_request = nullptr;
  ASSERT_TRUE(reach_all_settled());
}

TEST_F(dispatcher_failure, a_dead_url_does_not_stop_another) {
  scripted_handler dead{io};
  chosen.handlers.urls.push_back(dead.url());
  dead.kill();
  start();
  for (int i = 0; i < 20; ++i) send({.shard_id = i % 2, .guild_id = 7});
  ASSERT_TRUE(reach_requests(10));
  ASSERT_TRUE(reach([&] { return maker.sessions.at(0)->open_events() == 0; }));
  EXPECT_EQ(maker.sessions.at(1)->open_events(), 10U);
  dead.start();
  ASSERT_TRUE(reach_all_settled());
}

TEST_F(dispatcher_failure, a_hanging_handler_times_out) {
  chosen.handlers.timeout = runtime::milliseconds{60};
  handler.on_request = [this](const auto&) {
    return handler.requests.size() <= 3 ? silence() : status(204);
  };
  start();
  send_to_guild(7, 2);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.requests[3].header("X-Gatehouse-Attempt"), "4");
  EXPECT_NE(handler.requests[3].connection, handler.requests[2].connection);
  EXPECT_EQ(told.lines.front(), "down: no answer in time");
}

}  // namespace
}  // namespace gatehouse::delivery
