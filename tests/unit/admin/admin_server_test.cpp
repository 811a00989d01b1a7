#include "blocking_client.hpp"
#include "never_answers.hpp"

#include <gatehouse/admin/admin_server.hpp>
#include <gatehouse/telemetry/repeat_limit.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <future>
#include <log_capture.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::admin {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

response echo(const request& asked) {
  response out;
  out.content_type = "text/plain";
  out.body = asked.method + ' ' + asked.path + ' ' + asked.query + ' ';
  for (const auto& parameter : asked.parameters) out.body += parameter + ',';
  out.body += ' ' + asked.body + (asked.authorized ? " yes" : " no");
  return out;
}

class admin_server_test : public testing::Test {
 protected:
  admin_server_test() {
    options_.listen = {"127.0.0.1", 0};
    routes_ = {{"GET", "/open", access::open, answer_with(echo)},
               {"GET", "/things/{id}", access::authorized, answer_with(echo)},
               {"POST", "/things/{id}", access::authorized, answer_with(echo)},
               {"DELETE", "/nothing", access::authorized,
                answer_with([](const request&) { return response{.status = 204, .body = {}}; })},
               {"GET", "/throws", access::authorized, answer_with([](const request&) -> response {
                  throw std::runtime_error("inner trouble");
                })},
               {"GET", "/never", access::authorized, never_answers(never_entered_)}};
  }

  admin_server& start() {
    server_ = std::make_unique<admin_server>(options_, routes_, log_.log());
    return *server_;
  }
  client connect() { return client{server_->bound_port()}; }

  test::log_capture log_;
  admin_options options_;
  std::vector<route> routes_;
  std::promise<void> never_entered_;
  std::unique_ptr<admin_server> server_;
};

TEST_F(admin_server_test, answers_with_what_the_handler_says) {
  start();
  EXPECT_THAT(connect().ask(get("/things/3?a=b")),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Type: text/plain\r\n"),
                    EndsWith("\r\n\r\nGET /things/3 a=b 3,  yes")));
  EXPECT_THAT(connect().ask(post("/things/4", "the body")),
              EndsWith("POST /things/4  4, the body yes"));
}

TEST_F(admin_server_test, a_connection_serves_many_requests_also_sent_together) {
  start();
  auto one = connect();
  for (int i = 0; i < 3; ++i) EXPECT_THAT(one.ask(get("/open")), HasSubstr("200 OK"));
  one.write(get("/things/1") + post("/things/2", "x") + get("/things/3"));
  EXPECT_THAT(one.read_answer(), HasSubstr("/things/1"));
  EXPECT_THAT(one.read_answer(), HasSubstr("/things/2"));
  EXPECT_THAT(one.read_answer(), HasSubstr("/things/3"));
}

TEST_F(admin_server_test, closes_when_the_client_wants_it) {
  start();
  auto one = connect();
  one.write(get("/open", "Connection: close\r\n"));
  EXPECT_THAT(one.read_all(), AllOf(HasSubstr("Connection: close\r\n"), EndsWith("yes")));
}

TEST_F(admin_server_test, head_has_the_headers_of_get_and_no_body) {
  start();
  auto one = connect();
  one.write("HEAD /open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(one.read_all(), AllOf(HasSubstr("Content-Length: 16\r\n"), EndsWith("\r\n\r\n")));
}

TEST_F(admin_server_test, no_content_has_no_length) {
  start();
  auto one = connect();
  one.write("DELETE /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(one.read_all(), AllOf(StartsWith("HTTP/1.1 204 No Content\r\n"),
                                    Not(HasSubstr("Content-Length")), EndsWith("\r\n\r\n")));
}

TEST_F(admin_server_test, unknown_routes_and_methods) {
  start();
  auto one = connect();
  EXPECT_THAT(one.ask(get("/missing")),
              AllOf(HasSubstr("404 Not Found"), EndsWith(R"({"error":"no such route"})")));
  EXPECT_THAT(one.ask("PATCH /things/1 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
              AllOf(HasSubstr("405 Method Not Allowed"), HasSubstr("Allow: GET, HEAD, POST\r\n"),
                    HasSubstr(R"({"error":)")));
}

TEST_F(admin_server_test, all_but_open_routes_need_the_authorization) {
  options_.authorization = config::secret{"let me in"};
  start();
  auto one = connect();
  EXPECT_THAT(one.ask(get("/open")), AllOf(HasSubstr("200 OK"), EndsWith(" no")));
  EXPECT_THAT(
      one.ask(get("/things/1")),
      AllOf(HasSubstr("401 "), HasSubstr("WWW-Authenticate: Bearer"), HasSubstr(R"({"error":)")));
  EXPECT_THAT(one.ask(get("/things/1", "Authorization: let me i\r\n")), HasSubstr(" 401 "));
  EXPECT_THAT(one.ask(get("/things/1", "Authorization: let me inn\r\n")), HasSubstr(" 401 "));
  EXPECT_THAT(one.ask(get("/missing")), HasSubstr(" 401 ")) << "routes must not be guessable";
  EXPECT_THAT(one.ask("PATCH /things/1 HTTP/1.1\r\nHost: localhost\r\n\r\n"), HasSubstr(" 401 "));
  EXPECT_THAT(one.ask(get("/things/1", "Authorization: let me in\r\n")), HasSubstr("200 OK"));
  EXPECT_THAT(one.ask(get("/open", "Authorization: let me in\r\n")), EndsWith(" yes"));
  EXPECT_THAT(log_.lines(), Not(Contains(HasSubstr("let me in"))));
}

TEST_F(admin_server_test, the_authorization_can_be_changed) {
  options_.authorization = config::secret{"old"};
  auto& server = start();
  auto one = connect();
  EXPECT_THAT(one.ask(get("/things/1", "Authorization: old\r\n")), HasSubstr("200 OK"));
  server.set_authorization(config::secret{"new"});
  EXPECT_THAT(one.ask(get("/things/1", "Authorization: old\r\n")), HasSubstr(" 401 "));
  EXPECT_THAT(one.ask(get("/things/1", "Authorization: new\r\n")), HasSubstr("200 OK"));
}

TEST_F(admin_server_test, a_web_page_elsewhere_can_change_nothing) {
  start();
  auto one = connect();
  EXPECT_THAT(one.ask(post("/things/1", "x", "Origin: http://evil.example\r\n")),
              HasSubstr(" 403 "));
  EXPECT_THAT(one.ask(post("/things/1", "x", "Origin: null\r\n")), HasSubstr(" 403 "));
  EXPECT_THAT(one.ask(post("/things/1", "x", "Origin: http://localhost\r\n")), HasSubstr("200 OK"));
}

TEST_F(admin_server_test, a_handler_that_throws_is_a_500_and_logged) {
  start();
  auto one = connect();
  EXPECT_THAT(one.ask(get("/throws")), AllOf(HasSubstr(" 500 "), Not(HasSubstr("inner trouble"))));
  EXPECT_THAT(one.ask(get("/open")), HasSubstr("200 OK"));
  EXPECT_THAT(log_.lines(), Contains("error: GET /throws: inner trouble"));
}

TEST_F(admin_server_test, malformed_requests_are_a_400) {
  start();
  for (const auto* text :
       {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"}) {
    auto one = connect();
    one.write(text);
    EXPECT_THAT(one.read_all(), AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr(R"({"error":)")))
        << text;
  }
}

TEST_F(admin_server_test, large_headers_and_bodies_are_refused) {
  start();
  auto large_header = connect();
  large_header.write(get("/open", "X: " + std::string(20'000, 'x') + "\r\n"));
  EXPECT_THAT(large_header.read_all(), StartsWith("HTTP/1.1 431 "));

  auto large_body = connect();
  large_body.write(post("/things/1", std::string((1UL << 20) + 1, 'x')));
  EXPECT_THAT(large_body.read_all(), StartsWith("HTTP/1.1 413 "));

  auto at_the_limit = connect();
  const std::string body(1UL << 20, 'x');
  EXPECT_THAT(at_the_limit.ask(post("/things/1", body)).size(), testing::Gt(body.size()));
}

TEST_F(admin_server_test, a_client_that_asks_before_sending_its_body_is_told_to_go_on) {
  start();
  auto one = connect();
  one.write(
      "POST /things/1 HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
      "\r\n");
  EXPECT_EQ(one.read_answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_THAT(one.ask("ok"), HasSubstr(" ok yes"));
}

TEST_F(admin_server_test, without_a_secret_a_name_of_a_web_page_is_refused) {
  options_.listen.host = "127.0.0.1";
  start();
  const auto answer_to = [&](std::string_view host) {
    return connect().ask("GET /open HTTP/1.1\r\n" + std::string{host} + "\r\n");
  };
  for (const auto* own : {"Host: 127.0.0.1\r\n", "Host: 127.0.0.1:8080\r\n", "Host: [::1]:8080\r\n",
                          "Host: 10.1.2.3\r\n", "Host: LocalHost:1\r\n"}) {
    EXPECT_THAT(answer_to(own), StartsWith("HTTP/1.1 200 ")) << own;
  }
  for (const auto* other : {"Host: evil.example\r\n", "Host: localhost.evil.example:8080\r\n",
                            "Host: 2130706433\r\n", "Host: \r\n", ""}) {
    EXPECT_THAT(answer_to(other), StartsWith("HTTP/1.1 421 ")) << other;
  }
  EXPECT_THAT(log_.lines(), Contains(HasSubstr("Host header")));
  options_.authorization = config::secret{"secret"};
  start();
  EXPECT_THAT(answer_to("Host: gatehouse.internal\r\nAuthorization: secret\r\n"),
              StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer_to("Host: gatehouse.internal\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(admin_server_test, open_routes_that_refuse_do_not_fill_the_log) {
  const auto refuse = answer_with([](const request& asked) {
    return response{.status = asked.authorized ? 200U : 401U, .body = {}};
  });
  routes_.push_back({"POST", "/", access::open, refuse});
  routes_.push_back({"GET", "/", access::open, refuse});
  options_.authorization = config::secret{"secret"};
  start();
  auto one = connect();
  EXPECT_THAT(one.ask(get("/")), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(log_.lines(), Not(Contains(HasSubstr("refused"))));
  for (int i = 0; i < 20; ++i) EXPECT_THAT(one.ask(post("/", "{}")), StartsWith("HTTP/1.1 401 "));
  EXPECT_EQ(
      std::ranges::count(log_.lines(), "warning: refused POST /: no or wrong Authorization header"),
      static_cast<std::ptrdiff_t>(telemetry::repeat_limit::burst));
  server_.reset();
  EXPECT_THAT(log_.lines(), Contains("warning: refused requests: … and 15 more before the stop"));
}

TEST_F(admin_server_test, large_answers_are_compressed_for_who_asks) {
  const std::string text(50'000, 'x');
  routes_.push_back({"GET", "/large", access::open,
                     answer_with([&](const request&) { return response{.body = text}; })});
  start();
  const auto plain = connect().ask(get("/large"));
  EXPECT_THAT(plain, AllOf(Not(HasSubstr("Content-Encoding")), EndsWith(text)));
  const auto small = connect().ask(get("/large", "Accept-Encoding: br, gzip;q=0.5\r\n"));
  EXPECT_THAT(small, AllOf(HasSubstr("Content-Encoding: gzip\r\n"),
                           HasSubstr("Vary: Accept-Encoding\r\n"), HasSubstr("\r\n\r\n\x1F\x8B")));
  EXPECT_LT(small.size(), 1'000U);
  EXPECT_THAT(connect().ask(get("/large", "Accept-Encoding: gzip;q=0, br\r\n")), EndsWith(text));
}

class admin_server_crowd_test : public admin_server_test {
 protected:
  admin_server_crowd_test() {
    options_.limits.max_connections = 1;
    options_.limits.patience = runtime::milliseconds{1};
    options_.limits.read_timeout = runtime::seconds{600};
    options_.limits.keep_alive = runtime::seconds{600};
  }
};

TEST_F(admin_server_crowd_test, whoever_waits_longest_makes_room) {
  options_.limits.max_connections = 2;
  start();
  auto longest = connect();
  EXPECT_THAT(longest.ask(get("/open")), HasSubstr("200 OK"));
  auto second = connect();
  EXPECT_THAT(second.ask(get("/open")), HasSubstr("200 OK"));
  auto third = connect();
  EXPECT_THAT(third.ask(get("/open")), HasSubstr("200 OK"));
  EXPECT_EQ(longest.read_all(), "");
  EXPECT_THAT(second.ask(get("/open")), HasSubstr("200 OK"));
  EXPECT_THAT(third.ask(get("/open")), HasSubstr("200 OK"));
}

TEST_F(admin_server_crowd_test, a_request_under_way_is_not_cut_and_others_wait_for_its_end) {
  std::promise<void> may_end;
  routes_.push_back(
      {"GET", "/later", access::open, answers_after(may_end.get_future().share(), never_entered_)});
  start();
  auto busy = connect();
  busy.write(get("/later"));
  never_entered_.get_future().wait();
  std::vector<std::unique_ptr<client>> crowd;
  for (int i = 0; i < 20; ++i) {
    crowd.push_back(std::make_unique<client>(server_->bound_port()));
    crowd.back()->write(get("/open"));
  }
  may_end.set_value();
  EXPECT_THAT(busy.read_answer(), HasSubstr("200 OK"));
  for (auto& each : crowd) EXPECT_THAT(each->read_answer(), HasSubstr("200 OK"));
}

TEST_F(admin_server_crowd_test, who_sends_nothing_keeps_nobody_out) {
  start();
  auto silent = connect();
  auto other = connect();
  EXPECT_THAT(other.ask(get("/open")), HasSubstr("200 OK"));
  EXPECT_EQ(silent.read_all(), "");
}

class admin_server_timeout_test : public admin_server_test {
 protected:
  admin_server_timeout_test() {
    options_.limits.read_timeout = runtime::milliseconds{40};
    options_.limits.keep_alive = runtime::milliseconds{40};
  }
};

TEST_F(admin_server_timeout_test, a_silent_client_is_dropped) {
  start();
  EXPECT_EQ(connect().read_all(), "");
}

TEST_F(admin_server_timeout_test, a_header_that_does_not_end_is_dropped) {
  start();
  auto one = connect();
  one.write("GET /open HTTP/1.1\r\nX: ");
  EXPECT_EQ(one.read_all(), "");
}

TEST_F(admin_server_timeout_test, a_body_that_does_not_end_is_dropped) {
  start();
  auto one = connect();
  one.write("POST /things/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_EQ(one.read_all(), "");
}

TEST_F(admin_server_timeout_test, an_idle_connection_is_dropped_after_its_answer) {
  start();
  auto one = connect();
  EXPECT_THAT(one.ask(get("/open")), HasSubstr("200 OK"));
  EXPECT_EQ(one.read_all(), "");
}

TEST_F(admin_server_test, an_address_in_use_is_named) {
  start();
  options_.listen.port = server_->bound_port();
  try {
    const admin_server second{options_, {}, log_.log()};
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("127.0.0.1:" + std::to_string(options_.listen.port)),
                                    HasSubstr("Address already in use")));
  }
}

TEST_F(admin_server_test, an_address_of_another_machine_is_named) {
  options_.listen = {"192.0.2.1", 0};
  EXPECT_THAT([this] { start(); },
              testing::ThrowsMessage<std::runtime_error>(HasSubstr("192.0.2.1")));
}

TEST_F(admin_server_test, a_name_is_resolved) {
  options_.listen = {"localhost", 0};
  EXPECT_NE(start().bound_port(), 0);
}

TEST_F(admin_server_test, stops_at_once_whatever_is_under_way) {
  auto& server = start();
  auto idle = connect();
  EXPECT_THAT(idle.ask(get("/open")), HasSubstr("200 OK"));
  auto half = connect();
  half.write("POST /things/1 HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf");
  auto waiting = connect();
  waiting.write(get("/never"));
  never_entered_.get_future().wait();
  server.stop();
  server.stop();
  server_.reset();
  EXPECT_EQ(waiting.read_all(), "");
}

}  // namespace
}  // namespace gatehouse::admin
