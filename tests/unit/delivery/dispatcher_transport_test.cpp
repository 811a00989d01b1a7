#include "delivery_fixture.hpp"

#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>
#include <utility>

namespace gatehouse::delivery {
namespace {

using namespace testing;
using ::testing::ElementsAre;

class dispatcher_transport : public delivery_fixture {
 protected:
  /// The request of this number (from 1) gets the reaction, all others a 204.
  void react_once(std::size_t number, reaction wanted) {
    handler.on_request = [this, number, wanted](const auto&) {
      return handler.requests.size() == number ? wanted : status(204);
    };
  }
};

TEST_F(dispatcher_transport, an_idle_connection_closed_by_the_handler_is_no_failure) {
  start();
  send();
  ASSERT_TRUE(reach_all_settled());
  handler.hang_up(0);
  ASSERT_TRUE(reach([&] { return first_target().connections == 0; }));
  send();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_THAT(ids(), ElementsAre("session0:1", "session0:2"));
  EXPECT_EQ(first_target().retried, 0U);
  EXPECT_TRUE(told.lines.empty());
}

class stale_connection : public dispatcher_transport,
                         public ::testing::WithParamInterface<reaction> {};

TEST_P(stale_connection, is_replaced_at_once_without_a_failure) {
  react_once(2, GetParam());
  start();
  send_to_guild(7, 3);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_THAT(ids(), ElementsAre("session0:1", "session0:2", "session0:2", "session0:3"));
  EXPECT_EQ(handler.requests[2].header("X-Gatehouse-Attempt"), "2");
  EXPECT_EQ(first_target().retried, 0U);
  EXPECT_TRUE(told.lines.empty());
}

INSTANTIATE_TEST_SUITE_P(ends, stale_connection,
                         ::testing::Values(reaction{"", true, false}, reaction{"", false, true}));

TEST_F(dispatcher_transport, a_fresh_connection_that_ends_is_a_failure) {
  react_once(1, {"", true, false});
  start();
  send();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(first_target().retried, 1U);
  EXPECT_TRUE(told.lines.empty());  // a single one: the handler is still up
}

TEST_F(dispatcher_transport, a_cut_answer_is_a_failure) {
  react_once(2, {"HTTP/1.1 200 OK\r\nContent-Le", false, true});
  start();
  send_to_guild(7, 2);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(first_target().retried, 1U);
  EXPECT_EQ(first_target().delivered, 2U);
}

TEST_F(dispatcher_transport, a_cut_body_is_a_failure) {
  react_once(1, {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true, false});
  start();
  send();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.requests.size(), 2U);
}

TEST_F(dispatcher_transport, what_is_not_http_takes_the_handler_down) {
  handler.on_request = [this](const auto&) {
    return handler.requests.size() <= 3 ? reaction{"+OK redis\r\n", false, false} : status(204);
  };
  start();
  send();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(told.count("down: the answer is not HTTP"), 1U);
}

TEST_F(dispatcher_transport, a_handler_may_close_after_each_answer) {
  handler.on_request = [](const auto&) {
    auto answer = status(200, "Connection: close\r\n");
    answer.closes = true;
    return answer;
  };
  start();
  send_to_guild(7, 5);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.accepted, 5U);
  EXPECT_EQ(first_target().retried, 0U);
  EXPECT_TRUE(told.lines.empty());
}

TEST_F(dispatcher_transport, a_pipeline_survives_a_handler_that_closes_after_each_answer) {
  chosen.handlers.pipeline_depth = 3;
  handler.on_request = [](const auto&) {
    auto answer = status(200, "Connection: close\r\n");
    answer.closes = true;
    return answer;
  };
  start();
  send_to_guild(7, 9);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(first_target().delivered, 9U);
  EXPECT_TRUE(told.lines.empty());
}

TEST_F(dispatcher_transport, an_answer_may_end_with_its_connection) {
  react_once(1, {"HTTP/1.0 200 OK\r\n\r\nbye", true, false});
  start();
  send_to_guild(7, 2);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.requests.size(), 2U);
}

TEST_F(dispatcher_transport, an_answer_may_be_chunked_and_come_in_pieces) {
  handler.on_request = [](const auto&) { return silence(); };
  start();
  send();
  ASSERT_TRUE(reach_requests(1));
  handler.say(0, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chun");
  io.restart();
  io.run_one_for(runtime::milliseconds{20});
  handler.say(0, "ked\r\n\r\n2\r\nok\r\n0\r\n");
  io.restart();
  io.run_one_for(runtime::milliseconds{20});
  EXPECT_EQ(maker.sessions.at(0)->open_events(), 1U);
  handler.say(0, "\r\n");
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.accepted, 1U);
}

TEST_F(dispatcher_transport, unasked_bytes_end_an_idle_connection_quietly) {
  start();
  send();
  ASSERT_TRUE(reach_all_settled());
  handler.say(0, "HTTP/1.1 408 Request Timeout\r\n\r\n");
  ASSERT_TRUE(reach([&] { return first_target().connections == 0; }));
  send();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_TRUE(told.lines.empty());
}

TEST_F(dispatcher_transport, large_events_go_out_in_parts) {
  const std::string payload = "\"" + std::string(20'000'000, 'x') + "\"";
  chosen.queue.memory_bytes = 1ULL << 30;
  start();
  send({.payload = payload});
  send();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.requests.front().body.size(), payload.size() + 24);
  EXPECT_EQ(handler.requests.size(), 2U);
}

TEST_F(dispatcher_transport, an_answer_before_the_request_is_out_ends_the_connection) {
  const std::string payload = "\"" + std::string(20'000'000, 'x') + "\"";
  chosen.queue.memory_bytes = 1ULL << 30;
  bool has_spoken = false;
  start();
  send({.payload = payload});
  ASSERT_TRUE(reach([&] {
    if (handler.accepted == 1 && !has_spoken) {
      has_spoken = true;
      handler.say(0, status(413).bytes);
    }
    return refused.size() == 1;
  }));
  send();
  ASSERT_TRUE(reach_all_settled());
  EXPECT_EQ(handler.accepted, 2U);
  EXPECT_THAT(refused, ElementsAre(std::pair{std::string{"session0:1"}, 413}));
}

TEST_F(dispatcher_transport, speaks_over_a_unix_socket) {
  const std::string path = ::testing::TempDir() + "gatehouse-" + std::to_string(::getpid());
  scripted_handler local{io, path};
  chosen.handlers.urls = {local.url("/in")};
  start();
  send_to_guild(7, 3);
  ASSERT_TRUE(reach_all_settled());
  ASSERT_EQ(local.requests.size(), 3U);
  EXPECT_TRUE(local.requests[0].head.starts_with("POST /in HTTP/1.1\r\nHost: localhost\r\n"));
  EXPECT_EQ(local.accepted, 1U);
  ::unlink(path.c_str());
}

TEST_F(dispatcher_transport, a_limit_on_connections_is_not_a_dead_handler) {
  handler.on_request = [](const auto&) { return silence(); };
  start();
  send_to_guild(1);
  ASSERT_TRUE(reach_requests(1));
  handler.stop();
  send_to_guild(2);
  send_to_guild(3);
  handler.on_request = nullptr;
  ASSERT_TRUE(reach([&] { return first_target().queued == 2; }));
  handler.say(0, status(204).bytes);
  ASSERT_TRUE(reach_all_settled());
  EXPECT_TRUE(told.lines.empty());
}

/// An answer that arrives after the event loop has looked at the sockets and before it runs the
/// target's timer is first seen by that timer.
class answers_beside_the_timer : public dispatcher_transport,
                                 public ::testing::WithParamInterface<std::pair<int, int>> {
 protected:
  /// Both timers are overdue when the loop turns: this one's first.
  void say_in_the_timers_round(std::size_t connections) {
    const auto sent = runtime::clock::now();
    boost::asio::steady_timer before{io, sent};
    before.async_wait([&](const auto&) {
      for (std::size_t i = 0; i < connections; ++i) handler.say(i, status(204).bytes);
    });
    while (runtime::clock::now() < sent + runtime::milliseconds{400}) continue;
    io.restart();
    io.poll();
  }
};

TEST_P(answers_beside_the_timer, cost_no_connection) {
  const auto [connections, depth] = GetParam();
  chosen.handlers.max_in_flight = connections * depth;
  chosen.handlers.pipeline_depth = depth;
  handler.on_request = [](const auto&) { return silence(); };
  start();
  for (int i = 0; i < connections; ++i) send_to_guild(static_cast<std::uint64_t>(i) + 1);
  ASSERT_TRUE(reach_requests(static_cast<std::size_t>(connections)));
  say_in_the_timers_round(handler.accepted);
  handler.on_request = nullptr;
  for (int i = 0; i < connections; ++i) send_to_guild(static_cast<std::uint64_t>(i) + 1);
  for (std::size_t i = 0; i < handler.accepted; ++i) handler.say(i, "");
  ASSERT_TRUE(reach([&] { return delivery->snapshot().targets.at(0).delivered >= 2; }));
  const auto all = static_cast<std::size_t>(connections);
  ASSERT_TRUE(reach([&] {
    const auto now = first_target();
    return now.in_flight == 0 || handler.requests.size() >= all + 1;
  }));
  delivery->check_progress();
  EXPECT_EQ(first_target().stalls, 0U);
  EXPECT_EQ(told.count("stalled"), 0U);
}

INSTANTIATE_TEST_SUITE_P(connections_and_depth, answers_beside_the_timer,
                         ::testing::Values(std::pair{1, 1}, std::pair{1, 2}, std::pair{4, 1}));

}  // namespace
}  // namespace gatehouse::delivery
