#include "http_client_fixture.hpp"

#include <gatehouse/net/http_client.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/beast/http/error.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

/// What goes over the wire and what comes back.
namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using testing::ElementsAre;
using testing::HasSubstr;

class http_client_test : public http_client_fixture {
 protected:
  /// What a client makes of one raw answer, written in pieces of the given size (0 = at once),
  /// after which the peer closes.
  http_result answer_to(http_request request, const std::string& raw, std::size_t piece = 0,
                        http_client_options options = {}) {
    start_peer(1, [raw, piece](tcp::socket& socket) -> awaitable<void> {
      co_await http_peer::read_request(socket);
      const std::size_t step = piece == 0 ? std::max<std::size_t>(raw.size(), 1) : piece;
      for (std::size_t at = 0; at < raw.size(); at += step) {
        co_await http_peer::write(socket, raw.substr(at, step));
      }
      socket.close();
    });
    http_client client{origin(), nullptr, options};
    http_result result = http_failure{};
    run([&]() -> awaitable<void> { result = co_await client.send(request, late()); });
    return result;
  }
};

TEST_F(http_client_test, a_request_has_exactly_the_expected_bytes) {
  start_answering({http_peer::answer(200, ""), http_peer::answer(200, "")});
  http_client client{origin(), nullptr};
  const std::string host = origin().authority();
  run([&]() -> awaitable<void> {
    http_request post{"POST", "/a?b=c", {{"Authorization", "secret"}}, "{}"};
    co_await client.send(post, late());
    co_await client.send(get("/x"), late());
  });
  EXPECT_THAT(requests_, ElementsAre("POST /a?b=c HTTP/1.1\r\nHost: " + host +
                                         "\r\nAuthorization: secret\r\nContent-Length: 2\r\n\r\n{}",
                                     "GET /x HTTP/1.1\r\nHost: " + host + "\r\n\r\n"));
}

TEST_F(http_client_test, a_post_without_body_says_so) {
  start_answering({http_peer::answer(204, "")});
  http_client client{origin(), nullptr};
  run([&]() -> awaitable<void> {
    http_request post{"POST", "/", {}, ""};
    co_await client.send(post, late());
  });
  EXPECT_THAT(requests_.at(0), HasSubstr("Content-Length: 0\r\n"));
}

TEST_F(http_client_test, status_headers_and_body_are_read) {
  const auto response = answer_to(
      get("/"), http_peer::answer(429, "slow down", "Retry-After: 3\r\nX-Two: a\r\nx-two: b\r\n"));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 429U);
  EXPECT_EQ(response->body, "slow down");
  EXPECT_EQ(response->header("retry-after"), "3");
  EXPECT_EQ(response->header("X-TWO"), "a");
  EXPECT_EQ(response->header("X-Three"), std::nullopt);
}

struct raw_answer {
  const char* name;
  std::string raw;
  unsigned status;
  std::string body;
};

std::ostream& operator<<(std::ostream& out, const raw_answer& of) {
  return out << of.name;
}

class http_answer_test : public http_client_test, public testing::WithParamInterface<raw_answer> {};

TEST_P(http_answer_test, is_understood_however_it_arrives) {
  for (const std::size_t piece : {0UL, 1UL, 7UL}) {
    const auto response = answer_to(get("/"), GetParam().raw, piece);
    ASSERT_TRUE(response) << response.error().message() << ", pieces of " << piece;
    EXPECT_EQ(response->status, GetParam().status);
    EXPECT_EQ(response->body, GetParam().body);
  }
}

INSTANTIATE_TEST_SUITE_P(
    answers, http_answer_test,
    testing::Values(
        raw_answer{"with_length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok"},
        raw_answer{"chunked",
                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "2\r\nok\r\n3;x=y\r\nay!\r\n0\r\n\r\n",
                   200, "okay!"},
        raw_answer{"until_the_end", "HTTP/1.1 200 OK\r\n\r\nall of it", 200, "all of it"},
        raw_answer{"old_protocol", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok"},
        raw_answer{"no_content", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
        raw_answer{"not_modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304,
                   ""},
        raw_answer{"after_interim_answers",
                   "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                   "HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\n!",
                   201, "!"},
        raw_answer{"no_reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 200, ""},
        raw_answer{"no_blank", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, "ok"},
        raw_answer{"no_blank_until_the_end", "HTTP/1.1 200\r\n\r\nall", 200, "all"},
        raw_answer{"no_blank_after_an_interim_answer", "HTTP/1.1 100\r\n\r\nHTTP/1.1 204\r\n\r\n",
                   204, ""},
        raw_answer{"empty_chunked",
                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, ""}),
    [](const auto& row) { return row.param.name; });

TEST_F(http_client_test, a_head_answer_has_a_length_but_no_body) {
  http_request request = get("/");
  request.method = "HEAD";
  const auto response = answer_to(request, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->header("Content-Length"), "1000");
  EXPECT_EQ(response->body, "");
}

TEST_F(http_client_test, broken_answers_are_errors) {
  EXPECT_TRUE(answer_to(get("/"), "SSH-2.0-OpenSSH\r\n\r\n").has_error());
  EXPECT_TRUE(answer_to(get("/"), "HTTP/1.1 2x0 OK\r\n\r\n").has_error());
  EXPECT_EQ(answer_to(get("/"), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal").error().error,
            http::error::partial_message);
  EXPECT_EQ(answer_to(get("/"), "HTTP/1.1 200 OK\r\nConte").error().error,
            http::error::partial_message);
  EXPECT_EQ(answer_to(get("/"), "").error().error, http::error::end_of_stream);
}

TEST_F(http_client_test, an_interim_answer_and_an_end_are_no_answer) {
  for (const char* raw : {"HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 x\r\nLink: y\r\n\r\n",
                          "HTTP/1.1 100\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1"}) {
    const auto response = answer_to(get("/"), raw);
    ASSERT_FALSE(response) << raw;
    EXPECT_EQ(response.error().error, http::error::partial_message);
    EXPECT_TRUE(response.error().may_have_arrived);
  }
}

TEST_F(http_client_test, interim_answers_have_an_end) {
  std::string raw;
  for (int i = 0; i < 16; ++i) raw += "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  EXPECT_TRUE(answer_to(get("/"), raw + http_peer::answer(200, "ok")));
  raw += raw;
  EXPECT_EQ(answer_to(get("/"), raw + http_peer::answer(200, "ok")).error().error,
            http::error::header_limit);
}

TEST_F(http_client_test, a_chunk_described_without_end_is_an_error) {
  EXPECT_EQ(answer_to(get("/"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
                                    std::string(200'000, 'x'))
                .error()
                .error,
            http::error::header_limit);
}

/// What never ends is read in turns with everything else on the thread.
TEST_F(http_client_test, a_long_answer_leaves_room_for_others) {
  const std::size_t bytes = 3UL << 20;
  start_answering({http_peer::answer(200, std::string(bytes, 'x'))});
  http_client client{origin(), nullptr};
  std::size_t turns = 0;
  bool is_over = false;
  start([&]() -> awaitable<void> {
    for (; !is_over; ++turns) co_await asio::post(loop(), asio::use_awaitable);
  });
  run([&]() -> awaitable<void> {
    EXPECT_EQ((co_await fetch(client, get("/"))).size(), bytes);
    is_over = true;
  });
  EXPECT_GE(turns, bytes / (4 * 16'384));
}

TEST_F(http_client_test, an_oversized_body_is_an_error_announced_or_not) {
  http_client_options options;
  options.max_body_bytes = 10;
  const std::string eleven(11, 'x');
  EXPECT_EQ(answer_to(get("/"), http_peer::answer(200, eleven), 0, options).error().error,
            http::error::body_limit);
  EXPECT_EQ(answer_to(get("/"),
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n" + eleven +
                          "\r\n0\r\n\r\n",
                      0, options)
                .error()
                .error,
            http::error::body_limit);
  EXPECT_EQ(answer_to(get("/"), "HTTP/1.1 200 OK\r\n\r\n" + eleven, 0, options).error().error,
            http::error::body_limit);
  EXPECT_TRUE(answer_to(get("/"), http_peer::answer(200, "0123456789"), 0, options));
}

TEST_F(http_client_test, oversized_headers_are_an_error) {
  const auto response =
      answer_to(get("/"), http_peer::answer(200, "", "X: " + std::string(100'000, 'x') + "\r\n"));
  EXPECT_EQ(response.error().error, http::error::header_limit);
}

TEST_F(http_client_test, a_large_body_is_sent_whole) {
  const std::string body(6UL << 20, 'b');
  start_answering({http_peer::answer(200, "thanks")});
  http_client client{origin(), nullptr};
  run([&]() -> awaitable<void> {
    http_request post{"POST", "/", {}, body};
    EXPECT_EQ(co_await fetch(client, post), "thanks");
  });
  EXPECT_TRUE(requests_.at(0).ends_with("\r\n\r\n" + body));
}

TEST_F(http_client_test, an_early_refusal_of_a_large_body_is_the_answer) {
  start_peer(1, [](tcp::socket& socket) -> awaitable<void> {
    std::string head(100, '\0');
    co_await asio::async_read(socket, asio::buffer(head), asio::use_awaitable);
    co_await http_peer::write(socket, http_peer::answer(413, "too much"));
    socket.shutdown(tcp::socket::shutdown_receive);
    // Takes the rest, as a server does that wants its answer to be read.
    std::vector<char> rest(1UL << 20);
    boost::system::error_code error;
    while (!error) {
      co_await socket.async_read_some(asio::buffer(rest),
                                      asio::redirect_error(asio::use_awaitable, error));
    }
  });
  http_client client{origin(), nullptr};
  run([&]() -> awaitable<void> {
    http_request post{"POST", "/", {}, std::string(100'000, 'b')};
    const auto response = co_await client.send(post, late());
    EXPECT_TRUE(response) << response.error().message();
    EXPECT_EQ(response ? response->status : 0U, 413U);
  });
}

TEST_F(http_client_test, requests_that_would_break_apart_are_not_sent) {
  http_client client{origin(), nullptr};
  const std::vector<http_request> bad{
      {"GET /", "/", {}, ""},
      {"", "/", {}, ""},
      {"GET", "", {}, ""},
      {"GET", "no-slash", {}, ""},
      {"GET", "/a b", {}, ""},
      {"GET", "/a\r\nX: y", {}, ""},
      {"GET", "/", {{"X y", "z"}}, ""},
      {"GET", "/", {{"", "z"}}, ""},
      {"GET", "/", {{"X", "y\r\nZ: z"}}, ""},
      {"GET", "/", {{"X", std::string{"y\0z", 3}}}, ""},
  };
  for (const auto& request : bad) {
    run([&]() -> awaitable<void> {
      const auto response = co_await client.send(request, late());
      EXPECT_EQ(response.error().error, boost::system::errc::invalid_argument);
    });
  }
  settle();
  EXPECT_EQ(peer_.accepted(), 0);
}

TEST_F(http_client_test, https_needs_trust_settings) {
  EXPECT_THROW(http_client(*parse_url("https://host"), nullptr), std::invalid_argument);
}

}  // namespace
}  // namespace gatehouse::net
