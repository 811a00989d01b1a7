#include <gatehouse/admin/admin_server.hpp>
#include <gatehouse/net/http_client.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>

#include <log_capture.hpp>
#include <loopback.hpp>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::admin {
namespace {

namespace asio = boost::asio;
using test::tcp;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

/// Clients that mean harm, beside one that does not.
class admin_hardening_test : public test::loopback {
 protected:
  admin_hardening_test() {
    options_.listen = {"127.0.0.1", 0};
    options_.authorization = config::secret{"secret"};
    options_.limits.read_timeout = runtime::milliseconds{60};
    options_.limits.max_connections = 8;
    options_.limits.patience = runtime::milliseconds{20};
    rows_ = {{"POST", "/things", access::authorized,
              answer_with([](const request&) { return response{.body = "{}"}; })},
             {"GET", "/healthz", access::open,
              answer_with([](const request&) { return response{.body = "{}"}; })}};
    serve();
  }

  void serve() {
    server_.reset();
    server_ = std::make_unique<admin_server>(options_, rows_, log_.log());
  }

  test::awaitable<tcp::socket> connect() {
    tcp::socket socket{co_await asio::this_coro::executor};
    const tcp::endpoint server{asio::ip::address_v4::loopback(), server_->bound_port()};
    co_await socket.async_connect(server, asio::use_awaitable);
    co_return socket;
  }

  /// Sends `piece` again and again, well within the deadline, until the server has had enough.
  test::awaitable<void> trickle(std::string begin, std::string piece) {
    auto socket = co_await connect();
    co_await test::http_peer::write(socket, std::move(begin));
    asio::steady_timer pause{co_await asio::this_coro::executor};
    bool is_open = true;
    while (is_open) {
      pause.expires_after(runtime::milliseconds{5});
      co_await pause.async_wait(use_tuple);
      const auto [error, bytes] =
          co_await asio::async_write(socket, asio::buffer(piece), use_tuple);
      is_open = !error;
    }
    ++dropped_;
  }

  unsigned ask_health() {
    net::http_client client{{net::url_scheme::http, "127.0.0.1", server_->bound_port(), "/"},
                            nullptr};
    unsigned status = 0;
    run([&]() -> test::awaitable<void> {
      net::http_request request;
      request.target = "/healthz";
      const auto deadline = runtime::clock::now() + runtime::seconds{20};
      const auto answer = co_await client.send(std::move(request), deadline);
      if (answer) status = answer->status;
    });
    return status;
  }

  std::string send_all(std::string text) {
    std::string answer;
    run([&]() -> test::awaitable<void> {
      auto socket = co_await connect();
      co_await test::http_peer::write(socket, std::move(text));
      boost::system::error_code ended;
      co_await asio::async_read_until(socket, asio::dynamic_buffer(answer), "\r\n\r\n",
                                      asio::redirect_error(asio::use_awaitable, ended));
    });
    return answer;
  }

  test::log_capture log_;
  admin_options options_;
  std::vector<route> rows_;
  std::unique_ptr<admin_server> server_;
  std::size_t dropped_ = 0;
};

TEST_F(admin_hardening_test, a_header_that_trickles_in_does_not_buy_time) {
  run([this] { return trickle("GET /healthz HTTP/1.1\r\n", "X: y\r\n"); });
  EXPECT_EQ(dropped_, 1U);
}

TEST_F(admin_hardening_test, a_body_that_trickles_in_does_not_buy_time) {
  run([this] { return trickle("POST /things HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n", "x"); });
  EXPECT_EQ(dropped_, 1U);
}

TEST_F(admin_hardening_test, slow_clients_keep_nobody_out) {
  options_.limits.read_timeout = runtime::seconds{600};
  serve();
  const std::size_t crowd = 3 * options_.limits.max_connections;
  for (std::size_t i = 0; i < crowd; ++i) {
    start([this] { return trickle("GET /healthz HTTP/1.1\r\n", "X: y\r\n"); });
  }
  while (dropped_ < crowd - options_.limits.max_connections) loop().run_one();
  EXPECT_EQ(ask_health(), 200U);
  EXPECT_EQ(ask_health(), 200U);
}

TEST_F(admin_hardening_test, a_wall_of_wrong_secrets_is_answered_one_by_one) {
  std::string wall;
  for (int i = 0; i < 200; ++i) {
    wall += "POST /things HTTP/1.1\r\nHost: h\r\nAuthorization: guess" + std::to_string(i) +
            "\r\nContent-Length: 2\r\n\r\n{}";
  }
  EXPECT_THAT(send_all(wall), testing::StartsWith("HTTP/1.1 401 "));
  EXPECT_EQ(ask_health(), 200U);
}

TEST_F(admin_hardening_test, what_is_no_http_does_no_harm) {
  const std::vector<std::string> nonsense{
      std::string(100'000, '\0'),
      "\x16\x03\x01\x02" + std::string(500, '\x01'),
      "GET " + std::string(100'000, '/') + " HTTP/1.1\r\n\r\n",
      "POST /things HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
      "POST /things HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
      "POST /things HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
      "POST /things HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
      "GET /healthz HTTP/1.1\r\n" + std::string(200'000, 'a') + ": b\r\n\r\n"};
  for (const auto& text : nonsense) {
    EXPECT_THAT(send_all(text), testing::AnyOf("", testing::StartsWith("HTTP/1.1 4")));
  }
  EXPECT_EQ(ask_health(), 200U);
}

}  // namespace
}  // namespace gatehouse::admin
