#include "delivery_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

/// Events that come in quick succession leave in few system calls.
namespace gatehouse::delivery {
namespace {

using namespace testing;

class dispatcher_burst : public delivery_fixture {};

TEST_F(dispatcher_burst, a_burst_is_sent_at_its_end) {
  chosen.handlers.batch_max_events = 10;
  start();
  delivery->begin_burst();
  send_to_guild(7, 3);
  send_to_guild(8, 2);
  EXPECT_EQ(first_target().queued, 5U);
  EXPECT_EQ(first_target().connections, 0U);
  delivery->end_burst();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.requests.size(), 1U);
}

TEST_F(dispatcher_burst, a_burst_is_spread_over_the_connections_that_are_open) {
  chosen.handlers.pipeline_depth = 4;
  chosen.handlers.max_in_flight = 8;
  handler.on_request = [](const auto&) { return silence(); };
  start();
  for (std::uint64_t guild = 1; guild <= 8; ++guild) send_to_guild(guild);
  ASSERT_TRUE(reach_requests(8));
  ASSERT_EQ(first_target().connections, 2U);
  for (const std::size_t connection : {0U, 1U}) {
    for (int i = 0; i < 4; ++i) handler.say(connection, status(204).bytes);
  }
  ASSERT_TRUE(reach_all_settled());
  delivery->begin_burst();
  for (std::uint64_t guild = 1; guild <= 6; ++guild) send_to_guild(guild);
  delivery->end_burst();
  EXPECT_EQ(first_target().in_flight, 6U);
  ASSERT_TRUE(reach_requests(14));
  EXPECT_EQ(std::count_if(handler.requests.begin() + 8, handler.requests.end(),
                          [](const auto& got) { return got.connection == 0; }),
            3);
}

TEST_F(dispatcher_burst, requests_sent_in_one_piece_may_be_large) {
  chosen.handlers.pipeline_depth = 4;
  chosen.handlers.max_in_flight = 4;
  start();
  delivery->begin_burst();
  for (const std::size_t bytes : {10U, 100'000U, 40'000U, 40'000U, 10U}) {
    send({.guild_id = bytes, .payload = '"' + std::string(bytes, 'x') + '"'});
  }
  delivery->end_burst();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.requests.size(), 5U);
  EXPECT_EQ(first_target().retried, 0U);
}

TEST_F(dispatcher_burst, in_a_burst_too_what_can_be_sent_is_not_dropped) {
  chosen.queue.memory_bytes = 4 * 512;
  handler.on_request = [](const auto&) { return silence(); };
  start();
  for (std::uint64_t guild = 1; guild <= 3; ++guild) send_to_guild(guild);
  ASSERT_TRUE(reach_requests(3));
  for (const std::size_t connection : {0U, 1U, 2U}) {
    handler.say(connection, status(204).bytes);
  }
  ASSERT_TRUE(reach_all_settled());
  delivery->begin_burst();
  for (std::uint64_t guild = 1; guild <= 5; ++guild) send_to_guild(guild);
  EXPECT_EQ(first_target().in_flight, 3U);
  delivery->end_burst();
  EXPECT_EQ(first_target().in_flight, 3U);
  EXPECT_EQ(told.count("dropped"), 1U) << "the oldest of those that found no connection";
}

}  // namespace
}  // namespace gatehouse::delivery
