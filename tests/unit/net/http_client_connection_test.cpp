#include "http_client_fixture.hpp"

#include <gatehouse/net/http_client.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/error.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <string>
#include <vector>

/// Connections: kept, replaced, shared, waited for, given up.
namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using testing::ElementsAre;

class http_client_connection_test : public http_client_fixture {
 protected:
  /// Sends in the background and notes how it ended.
  void send(http_client& client, std::string target, runtime::time_point deadline) {
    start([this, &client, target, deadline]() -> awaitable<void> {
      auto response = co_await client.send(get(target), deadline);
      ended_.push_back(target + ": " + (response ? response->body : response.error().message()));
    });
  }

  /// Runs the loop until this many background requests have ended.
  void run_until_ended(std::size_t count) {
    loop().restart();
    while (ended_.size() < count) loop().run_one();
  }

  std::vector<std::string> ended_;
};

TEST_F(http_client_connection_test, a_connection_is_used_again) {
  start_answering({http_peer::answer(200, "1"), http_peer::answer(200, "2")});
  http_client client{origin(), nullptr};
  run([&]() -> awaitable<void> {
    EXPECT_EQ(co_await fetch(client, get("/")), "1");
    EXPECT_EQ(client.idle_connections(), 1U);
    EXPECT_EQ(co_await fetch(client, get("/")), "2");
  });
  EXPECT_EQ(peer_.accepted(), 1);
}

TEST_F(http_client_connection_test, an_answer_may_end_the_connection) {
  start_peer(2, [](tcp::socket& socket) -> awaitable<void> {
    co_await http_peer::read_request(socket);
    co_await http_peer::write(socket, http_peer::answer(200, "ok", "Connection: close\r\n"));
  });
  http_client client{origin(), nullptr};
  run([&]() -> awaitable<void> {
    EXPECT_EQ(co_await fetch(client, get("/")), "ok");
    EXPECT_EQ(client.idle_connections(), 0U);
    EXPECT_EQ(co_await fetch(client, get("/")), "ok");
  });
  EXPECT_EQ(peer_.accepted(), 2);
}

TEST_F(http_client_connection_test, bytes_behind_an_answer_end_the_connection) {
  start_answering({http_peer::answer(200, "ok") + "more"});
  http_client client{origin(), nullptr};
  run([&]() -> awaitable<void> {
    EXPECT_EQ(co_await fetch(client, get("/")), "ok");
    EXPECT_EQ(client.idle_connections(), 0U);
  });
}

TEST_F(http_client_connection_test, one_that_idled_too_long_is_not_used_again) {
  start_peer(2, [](tcp::socket& socket) -> awaitable<void> {
    co_await http_peer::read_request(socket);
    co_await http_peer::write(socket, http_peer::answer(200, "ok"));
  });
  http_client_options options;
  options.max_idle = runtime::duration::zero();
  http_client client{origin(), nullptr, options};
  run([&]() -> awaitable<void> {
    EXPECT_EQ(co_await fetch(client, get("/")), "ok");
    EXPECT_EQ(co_await fetch(client, get("/")), "ok");
  });
  EXPECT_EQ(peer_.accepted(), 2);
}

TEST_F(http_client_connection_test, a_connection_closed_while_idle_is_replaced) {
  start_peer(2, [](tcp::socket& socket) -> awaitable<void> {
    co_await http_peer::read_request(socket);
    co_await http_peer::write(socket, http_peer::answer(200, "ok"));
    socket.close();
  });
  http_client client{origin(), nullptr};
  run([&]() -> awaitable<void> {
    EXPECT_EQ(co_await fetch(client, get("/")), "ok");
    co_await asio::post(loop(), asio::use_awaitable);
    EXPECT_EQ(co_await fetch(client, get("/")), "ok");
  });
  EXPECT_EQ(peer_.accepted(), 2);
}

/// The close crosses the request: only the missing answer shows it.
TEST_F(http_client_connection_test, a_stale_connection_is_replaced_once) {
  start([this]() -> awaitable<void> {
    auto first = co_await peer_.accept();
    requests_.push_back(co_await http_peer::read_request(first));
    co_await http_peer::write(first, http_peer::answer(200, "1"));
    requests_.push_back(co_await http_peer::read_request(first));
    first.close();
    auto second = co_await peer_.accept();
    requests_.push_back(co_await http_peer::read_request(second));
    co_await http_peer::write(second, http_peer::answer(200, "2"));
    requests_.push_back(co_await http_peer::read_request(second));
    second.close();
    auto third = co_await peer_.accept();
    requests_.push_back(co_await http_peer::read_request(third));
    third.close();
  });
  http_client client{origin(), nullptr};
  run([&]() -> awaitable<void> {
    EXPECT_EQ(co_await fetch(client, get("/a")), "1");
    EXPECT_EQ(co_await fetch(client, get("/b")), "2");
    // A new connection that does the same is a failure.
    const auto failed = co_await client.send(get("/c"), late());
    EXPECT_EQ(failed.error().error, http::error::end_of_stream);
  });
  EXPECT_EQ(peer_.accepted(), 3);
  ASSERT_EQ(requests_.size(), 5U);
  EXPECT_EQ(requests_[1], requests_[2]);
  EXPECT_EQ(requests_[3], requests_[4]);
}

/// The same with what must not be done twice: the caller is told instead.
TEST_F(http_client_connection_test, a_post_that_was_sent_whole_is_not_sent_again) {
  start([this]() -> awaitable<void> {
    auto first = co_await peer_.accept();
    requests_.push_back(co_await http_peer::read_request(first));
    co_await http_peer::write(first, http_peer::answer(200, "1"));
    requests_.push_back(co_await http_peer::read_request(first));
    first.close();
    auto second = co_await peer_.accept();
    requests_.push_back(co_await http_peer::read_request(second));
  });
  http_client client{origin(), nullptr};
  run([&]() -> awaitable<void> {
    const http_request post{"POST", "/callback", {}, "{}"};
    EXPECT_EQ(co_await fetch(client, post), "1");
    const auto failed = co_await client.send(post, late());
    EXPECT_FALSE(failed);
    EXPECT_TRUE(failed.has_error() && failed.error().may_have_arrived);
  });
  EXPECT_EQ(peer_.accepted(), 1);
  EXPECT_EQ(requests_.size(), 2U);
}

TEST_F(http_client_connection_test, what_found_no_connection_has_not_arrived) {
  const url to = [] {
    asio::io_context other;
    const test::http_peer gone{other};
    return *parse_url(gone.origin());
  }();
  http_client client{to, nullptr};
  run([&]() -> awaitable<void> {
    const http_request post{"POST", "/", {}, "{}"};
    const auto failed = co_await client.send(post, late());
    EXPECT_TRUE(failed.has_error() && !failed.error().may_have_arrived);
  });
}

TEST_F(http_client_connection_test, a_reused_connection_lost_inside_the_answer_is_a_failure) {
  start_answering({http_peer::answer(200, "1"), "HTTP/1.1 200 OK\r\nContent-Le"});
  http_client client{origin(), nullptr};
  run([&]() -> awaitable<void> {
    EXPECT_EQ(co_await fetch(client, get("/")), "1");
    const auto failed = co_await client.send(get("/"), late());
    EXPECT_EQ(failed.error().error, http::error::partial_message);
  });
  EXPECT_EQ(peer_.accepted(), 1);
}

TEST_F(http_client_connection_test, no_answer_in_time_is_a_timeout) {
  start_peer(1, [this](tcp::socket& socket) -> awaitable<void> {
    co_await http_peer::read_request(socket);
    requests_.push_back(co_await http_peer::read_request(socket));
  });
  http_client client{origin(), nullptr};
  run([&]() -> awaitable<void> {
    const auto response = co_await client.send(get("/"), soon());
    EXPECT_EQ(response.error().error, asio::error::timed_out);
    EXPECT_EQ(client.idle_connections(), 0U);
  });
  settle();
  EXPECT_THAT(requests_, ElementsAre("")) << "the connection must be closed";
}

TEST_F(http_client_connection_test, a_deadline_in_the_past_is_a_timeout) {
  http_client client{origin(), nullptr};
  run([&]() -> awaitable<void> {
    const auto response = co_await client.send(get("/"), runtime::clock::now());
    EXPECT_EQ(response.error().error, asio::error::timed_out);
  });
}

TEST_F(http_client_connection_test, nobody_listening_is_a_transport_error) {
  const url to = [] {
    asio::io_context other;
    const test::http_peer gone{other};
    return *parse_url(gone.origin());
  }();
  http_client client{to, nullptr};
  run([&]() -> awaitable<void> {
    const auto response = co_await client.send(get("/"), late());
    EXPECT_EQ(response.error().error, asio::error::connection_refused);
  });
}

TEST_F(http_client_connection_test, callers_beyond_the_limit_wait_their_turn) {
  http_client_options options;
  options.max_connections = 2;
  http_client client{origin(), nullptr, options};
  int under_way = 0;
  int most = 0;
  for (int connection = 0; connection < 2; ++connection) {
    start([&]() -> awaitable<void> {
      auto socket = co_await peer_.accept();
      for (;;) {
        requests_.push_back((co_await http_peer::read_request(socket)).substr(4, 2));
        most = std::max(most, ++under_way);
        co_await asio::post(loop(), asio::use_awaitable);
        --under_way;
        co_await http_peer::write(socket, http_peer::answer(200, "ok"));
      }
    });
  }
  for (const char* target : {"/1", "/2", "/3", "/4", "/5", "/6"}) send(client, target, late());
  run_until_ended(6);
  // Two connections keep no order between them.
  EXPECT_THAT(requests_, testing::UnorderedElementsAre("/1", "/2", "/3", "/4", "/5", "/6"));
  EXPECT_EQ(peer_.accepted(), 2);
  EXPECT_LE(most, 2);
}

TEST_F(http_client_connection_test, waiting_callers_go_in_the_order_of_their_arrival) {
  http_client_options options;
  options.max_connections = 1;
  http_client client{origin(), nullptr, options};
  start([&]() -> awaitable<void> {
    auto socket = co_await peer_.accept();
    for (;;) {
      requests_.push_back((co_await http_peer::read_request(socket)).substr(4, 2));
      co_await http_peer::write(socket, http_peer::answer(200, "ok"));
    }
  });
  for (const char* target : {"/1", "/2", "/3"}) send(client, target, late());
  run_until_ended(3);
  EXPECT_THAT(requests_, ElementsAre("/1", "/2", "/3"));
}

TEST_F(http_client_connection_test, a_waiting_caller_has_its_deadline_and_leaves_no_gap) {
  http_client_options options;
  options.max_connections = 1;
  http_client client{origin(), nullptr, options};
  asio::steady_timer hold{loop(), asio::steady_timer::time_point::max()};
  start([&]() -> awaitable<void> {
    auto socket = co_await peer_.accept();
    co_await http_peer::read_request(socket);
    boost::system::error_code released;
    co_await hold.async_wait(asio::redirect_error(asio::use_awaitable, released));
    co_await http_peer::write(socket, http_peer::answer(200, "first"));
    co_await http_peer::read_request(socket);
    co_await http_peer::write(socket, http_peer::answer(200, "third"));
  });
  send(client, "/1", late());
  send(client, "/2", soon());
  send(client, "/3", late());
  run_until_ended(1);
  hold.cancel();
  run_until_ended(3);
  EXPECT_THAT(ended_, ElementsAre("/2: Connection timed out", "/1: first", "/3: third"));
}

/// Cancels one request at the moment at which `reached` turns true.
class http_client_cancel_test : public http_client_connection_test {
 protected:
  template <class Reached>
  boost::system::error_code cancel_when(http_client& client, Reached reached) {
    asio::cancellation_signal cancel;
    boost::system::error_code outcome = asio::error::operation_aborted;  // also by exception
    bool ended = false;
    asio::co_spawn(
        loop(),
        [&]() -> awaitable<void> {
          const auto response = co_await client.send(get("/cancelled"), late());
          outcome = response ? boost::system::error_code{} : response.error().error;
        },
        asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr) { ended = true; }));
    loop().restart();
    while (!ended && !reached()) loop().run_one();
    cancel.emit(asio::cancellation_type::terminal);
    while (!ended) loop().run_one();
    settle();  // co_spawn passes the signal on by way of the loop
    return outcome;
  }
};

TEST_F(http_client_cancel_test, while_the_answer_is_awaited) {
  start_peer(1, [this](tcp::socket& socket) -> awaitable<void> {
    requests_.push_back(co_await http_peer::read_request(socket));
    co_await http_peer::read_request(socket);
  });
  http_client client{origin(), nullptr};
  const auto outcome = cancel_when(client, [&] { return !requests_.empty(); });
  EXPECT_EQ(outcome, asio::error::operation_aborted);
  EXPECT_EQ(client.idle_connections(), 0U);
}

TEST_F(http_client_cancel_test, while_its_turn_is_awaited) {
  http_client_options options;
  options.max_connections = 1;
  http_client client{origin(), nullptr, options};
  asio::steady_timer hold{loop(), asio::steady_timer::time_point::max()};
  start([&]() -> awaitable<void> {
    auto socket = co_await peer_.accept();
    requests_.push_back(co_await http_peer::read_request(socket));
    boost::system::error_code released;
    co_await hold.async_wait(asio::redirect_error(asio::use_awaitable, released));
    co_await http_peer::write(socket, http_peer::answer(200, "first"));
  });
  send(client, "/1", late());
  const auto outcome = cancel_when(client, [&] { return !requests_.empty(); });
  EXPECT_EQ(outcome, asio::error::operation_aborted);
  hold.cancel();
  run_until_ended(1);
  EXPECT_THAT(ended_, ElementsAre("/1: first"));
}

/// Whatever step the request is at, it ends, and the client goes on working.
TEST_F(http_client_cancel_test, at_every_step) {
  std::deque<test::http_peer> peers;  // all of them until the loop has run for the last time
  int cancelled = 0;
  int answered = 0;
  for (int steps = 1; steps < 40; ++steps) {
    auto& peer = peers.emplace_back(loop());
    start([&peer]() -> awaitable<void> {
      for (;;) {
        auto socket = co_await peer.accept();
        while (!(co_await http_peer::read_request(socket)).empty()) {
          co_await http_peer::write(socket, http_peer::answer(200, "ok"));
        }
      }
    });
    http_client_options options;
    options.max_connections = 1;
    http_client client{*parse_url(peer.origin()), nullptr, options};
    int step = 0;
    const auto outcome = cancel_when(client, [&] { return ++step > steps; });
    EXPECT_TRUE(!outcome || outcome == asio::error::operation_aborted) << outcome.message();
    ++(outcome ? cancelled : answered);
    run([&]() -> awaitable<void> { EXPECT_EQ(co_await fetch(client, get("/")), "ok"); });
  }
  EXPECT_GT(cancelled, 0);
  EXPECT_GT(answered, 0);
}

}  // namespace
}  // namespace gatehouse::net
