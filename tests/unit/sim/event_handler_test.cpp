#include "append.hpp"
#include "test_client.hpp"

#include <gatehouse/sim/event_handler.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <temporary_folder.hpp>
#include <unistd.h>

namespace gatehouse::sim {
namespace {

using test::http_exchange;
using test::http_post;
using test::patience;
using test::test_socket;
using namespace std::chrono_literals;

std::string event(std::uint64_t number, std::string_view type = "X") {
  return concat(R"({"shardId":2,"message":{"t":")", type, R"(","s":)", number,
                R"(,"op":0,"d":{"sim":"9:)", number, R"("}}})");
}

std::string request(std::string_view body) {
  return concat("POST / HTTP/1.1\r\nHost: x\r\nX-Gatehouse-Event-Id: s:1\r\n",
                "X-Gatehouse-Deferred: 5\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
}

/// Reads until so many response heads have arrived.
std::string read_answers(test_socket& socket, int count) {
  std::string all;
  const auto answers = [&] {
    int found = 0;
    for (auto at = all.find("HTTP/1.1 "); at != std::string::npos;
         at = all.find("HTTP/1.1 ", at + 1)) {
      ++found;
    }
    return found;
  };
  while (answers() < count || !all.ends_with("\n")) {
    const auto part = socket.read();
    if (part.empty()) break;
    all += part;
  }
  return all;
}

TEST(event_handler, accepts_and_keeps_events) {
  const event_handler handler({.keep_events = 10});
  EXPECT_TRUE(
      http_post(handler.port(), "/", event(1, "MESSAGE_CREATE")).starts_with("HTTP/1.1 204"));
  ASSERT_TRUE(handler.wait_until([](const auto& now) { return now.events == 1; }, patience));
  const auto kept = handler.events();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].shard_id, 2U);
  EXPECT_EQ(kept[0].type, "MESSAGE_CREATE");
  EXPECT_TRUE(kept[0].message.starts_with(R"({"t":"MESSAGE_CREATE")"));
}

TEST(event_handler, answers_a_pipeline_in_one_go) {
  const event_handler handler({.keep_events = 1});
  test_socket socket(handler.port(), {});
  socket.write(request(event(1)) + request(event(2)) + request(event(4)));
  read_answers(socket, 3);
  const auto numbers = handler.statistics();
  EXPECT_EQ(numbers.requests, 3U);
  EXPECT_EQ(numbers.connections, 1U);
  EXPECT_EQ(numbers.gaps, 1U);
  EXPECT_EQ(handler.events().at(0).deferred, "5");
  EXPECT_EQ(handler.events().at(0).event_id, "s:1");
}

TEST(event_handler, takes_batches) {
  const event_handler handler;
  http_post(handler.port(), "/", concat("[", event(1), ",", event(2), "]"));
  EXPECT_EQ(handler.statistics().events, 2U);
  EXPECT_EQ(handler.statistics().largest_batch, 2U);
}

TEST(event_handler, counts_only_what_it_accepted) {
  event_handler handler;
  handler.add_rule({.answer = {.status = 503, .retry_after = "2"}, .times = 1});
  const auto refused = http_post(handler.port(), "/", event(1));
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503"));
  EXPECT_NE(refused.find("Retry-After: 2\r\n"), std::string::npos);
  EXPECT_EQ(handler.statistics().events, 0U);
  EXPECT_EQ(handler.statistics().refused_requests, 1U);
  EXPECT_TRUE(http_post(handler.port(), "/", event(1)).starts_with("HTTP/1.1 204"));
  EXPECT_EQ(handler.statistics().events, 1U);
}

TEST(event_handler, applies_rules_to_their_events_until_cleared) {
  event_handler handler;
  handler.add_rule({.answer = {.status = 400}, .times = 0, .event_type = "BAD"});
  EXPECT_TRUE(http_post(handler.port(), "/", event(1, "BAD")).starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(http_post(handler.port(), "/", event(2, "GOOD")).starts_with("HTTP/1.1 204"));
  EXPECT_TRUE(http_post(handler.port(), "/", event(1, "BAD")).starts_with("HTTP/1.1 400"));
  handler.clear_rules();
  EXPECT_TRUE(http_post(handler.port(), "/", event(1, "BAD")).starts_with("HTTP/1.1 204"));
}

TEST(event_handler, checks_its_authorization) {
  const event_handler handler({.authorization = "secret"});
  EXPECT_TRUE(http_post(handler.port(), "/", event(1)).starts_with("HTTP/1.1 401"));
  EXPECT_TRUE(http_post(handler.port(), "/", event(1), "Authorization: secret\r\n")
                  .starts_with("HTTP/1.1 204"));
}

TEST(event_handler, delays_and_maims_answers) {
  event_handler handler;
  handler.add_rule({.answer = {.status = 200, .delay = 10ms}});
  EXPECT_TRUE(http_post(handler.port(), "/", event(1)).starts_with("HTTP/1.1 200"));
  handler.add_rule({.answer = {.fate = answer_fate::reset}});
  EXPECT_EQ(http_post(handler.port(), "/", event(2)), "");
  handler.add_rule({.answer = {.fate = answer_fate::cut}});
  EXPECT_LT(http_post(handler.port(), "/", event(2)).size(), 30U);
  handler.add_rule({.answer = {.fate = answer_fate::close_after}});
  EXPECT_NE(http_exchange(handler.port(), request(event(2))).find("Connection: close"),
            std::string::npos);
  EXPECT_EQ(handler.statistics().events, 2U);
}

TEST(event_handler, hangs_until_the_client_gives_up) {
  event_handler handler;
  handler.add_rule({.answer = {.fate = answer_fate::hang}});
  test_socket socket(handler.port(), {});
  socket.write(request(event(1)));
  EXPECT_TRUE(
      handler.wait_until([](const auto& now) { return now.refused_requests == 1; }, patience));
  socket.close();
  EXPECT_TRUE(http_post(handler.port(), "/", event(1)).starts_with("HTTP/1.1 204"));
}

TEST(event_handler, stops_and_comes_back_on_the_same_port) {
  event_handler handler;
  test_socket open(handler.port(), {});
  open.write(request(event(1)));
  read_answers(open, 1);
  handler.stop_listening();
  EXPECT_EQ(open.read(), "");
  EXPECT_THROW(http_post(handler.port(), "/", event(2)), boost::system::system_error);
  handler.start_listening();
  EXPECT_TRUE(http_post(handler.port(), "/", event(2)).starts_with("HTTP/1.1 204"));
}

TEST(event_handler, closes_idle_connections) {
  event_handler handler;
  test_socket idle(handler.port(), {});
  idle.write(request(event(1)));
  read_answers(idle, 1);
  handler.close_idle_connections();
  EXPECT_EQ(idle.read(), "");
}

TEST(event_handler, serves_tls) {
  const event_handler handler({.tls = true});
  EXPECT_TRUE(handler.url().starts_with("https://"));
  const auto answer = http_exchange(
      handler.port(),
      concat("POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: ", event(1).size(),
             "\r\n\r\n", event(1)),
      handler.ca_pem());
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 204"));
}

TEST(event_handler, serves_a_unix_socket_and_removes_it) {
  const gatehouse::test::temporary_folder folder;
  const std::string path = folder.path() / "handler.sock";
  {
    const event_handler handler({.unix_path = path});
    EXPECT_EQ(handler.url(), concat("http+unix://", path, ":/"));
    boost::asio::io_context loop;
    boost::asio::local::stream_protocol::socket socket(loop);
    socket.connect(path);
    boost::asio::write(socket, boost::asio::buffer(request(event(1))));
    std::string answer(8, '\0');
    boost::asio::read(socket, boost::asio::buffer(answer));
    EXPECT_EQ(answer, "HTTP/1.1");
    EXPECT_EQ(handler.statistics().events, 1U);
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST(event_handler, refuses_nonsense) {
  const event_handler handler;
  EXPECT_TRUE(http_post(handler.port(), "/", "nonsense").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(http_exchange(handler.port(), "nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_EQ(handler.statistics().malformed_requests, 2U);
}

}  // namespace
}  // namespace gatehouse::sim
