#include "never_answers.hpp"

#include <gatehouse/admin/admin_server.hpp>
#include <gatehouse/net/http_client.hpp>

#include <gmock/gmock.h>

#include <certificates.hpp>
#include <chrono>
#include <future>
#include <log_capture.hpp>
#include <loopback.hpp>
#include <memory>
#include <stdexcept>
#include <temporary_folder.hpp>

namespace gatehouse::admin {
namespace {

namespace asio = boost::asio;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class admin_tls_test : public test::loopback {
 protected:
  admin_tls_test() {
    present(authority_.issue("DNS:gateway.example"));
    options_.listen = {"127.0.0.1", 0};
    options_.limits.read_timeout = runtime::seconds{20};
  }

  void present(const test::identity& identity) {
    options_.certificate_file = folder_.write("admin.pem", identity.certificate_pem);
    options_.key_file = folder_.write("admin.key", identity.key_pem);
  }

  void start_server() {
    std::vector<route> rows{
        {"POST", "/echo", access::authorized,
         answer_with([](const request& asked) { return response{.body = asked.body}; })},
        {"POST", "/never", access::authorized, never_answers(never_entered_)}};
    server_ = std::make_unique<admin_server>(options_, std::move(rows), log_.log());
  }

  using answer_result = net::http_result;

  test::awaitable<answer_result> send(const net::tls_context& tls, std::string target,
                                      std::string body) {
    net::http_client client{{net::url_scheme::https, "127.0.0.1", server_->bound_port(), "/"},
                            &tls};
    net::http_request request{"POST", std::move(target), {}, std::move(body)};
    const auto deadline = runtime::clock::now() + runtime::seconds{20};
    auto result = co_await client.send(std::move(request), deadline);
    co_return result;
  }

  answer_result ask(const net::tls_context& tls, std::string body) {
    answer_result result{boost::system::error_code{}};
    run([&]() -> test::awaitable<void> { result = co_await send(tls, "/echo", std::move(body)); });
    return result;
  }

  test::authority authority_;
  test::temporary_folder folder_;
  test::log_capture log_;
  admin_options options_;
  std::promise<void> never_entered_;
  std::unique_ptr<admin_server> server_;
};

TEST_F(admin_tls_test, serves_whoever_trusts_the_certificate) {
  start_server();
  const net::tls_context tls{net::pinned_certificate{options_.certificate_file}};
  const std::string body(300'000, 'x');
  const auto answer = ask(tls, body);
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, 200U);
  EXPECT_EQ(answer->body, body);
}

TEST_F(admin_tls_test, another_certificate_is_not_the_pinned_one) {
  start_server();
  const auto other = authority_.issue("DNS:gateway.example");
  const net::tls_context tls{
      net::pinned_certificate{folder_.write("other.pem", other.certificate_pem)}};
  const auto answer = ask(tls, "x");
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message(), HasSubstr("certificate refused"));
}

TEST_F(admin_tls_test, a_body_beyond_the_limit_is_refused_over_tls_too) {
  options_.limits.max_body_bytes = 1'000;
  start_server();
  const net::tls_context tls{net::pinned_certificate{options_.certificate_file}};
  const auto answer = ask(tls, std::string(1'001, 'x'));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, 413U);
}

TEST_F(admin_tls_test, plain_http_and_silence_end_with_the_handshakes_deadline) {
  options_.limits.read_timeout = runtime::milliseconds{40};
  start_server();
  for (const std::string text : {"", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    run([&]() -> test::awaitable<void> {
      test::tcp::socket socket{loop()};
      const test::tcp::endpoint server{asio::ip::address_v4::loopback(), server_->bound_port()};
      co_await socket.async_connect(server, asio::use_awaitable);
      co_await test::http_peer::write(socket, text);
      const auto nothing = co_await test::http_peer::read_request(socket);
      EXPECT_THAT(nothing, testing::Not(HasSubstr("HTTP")));
    });
  }
}

TEST_F(admin_tls_test, a_handshake_that_does_not_end_makes_room) {
  options_.limits.max_connections = 1;
  options_.limits.patience = runtime::milliseconds{1};
  options_.limits.read_timeout = runtime::seconds{600};
  start_server();
  test::tcp::socket silent{loop()};
  silent.connect({asio::ip::address_v4::loopback(), server_->bound_port()});
  const net::tls_context tls{net::pinned_certificate{options_.certificate_file}};
  const auto other = ask(tls, "x");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->status, 200U);
}

TEST_F(admin_tls_test, files_that_cannot_be_used_are_named) {
  const auto right = options_;
  options_.certificate_file = (folder_.path() / "missing.pem").string();
  EXPECT_THAT([this] { start_server(); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr("admin.certificate_file"), HasSubstr("missing.pem"))));
  options_ = right;
  options_.key_file = (folder_.path() / "missing.key").string();
  EXPECT_THAT([this] { start_server(); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr("admin.key_file"), HasSubstr("missing.key"))));
  options_ = right;
  options_.certificate_file = folder_.write("empty.pem", "");
  EXPECT_THAT([this] { start_server(); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr("admin.certificate_file"), HasSubstr("empty.pem"))));
}

TEST_F(admin_tls_test, a_key_of_another_certificate_is_refused) {
  options_.key_file = folder_.write("other.key", authority_.issue("DNS:other").key_pem);
  EXPECT_THAT([this] { start_server(); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr("admin.key_file"), HasSubstr("other.key"))));
}

}  // namespace
}  // namespace gatehouse::admin
