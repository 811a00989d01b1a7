#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace gatehouse::test {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;

/// One loop on which both ends of every connection live: the test body and its peers take turns,
/// so nothing has to be waited for by time.
class loopback : public testing::Test {
 public:
  /// Runs the loop until `body`, a function that returns an awaitable, has ended.
  template <class Body>
  void run(Body body) {
    bool ended = false;
    std::exception_ptr failure;
    asio::co_spawn(loop_, std::move(body), [&](std::exception_ptr thrown) {
      failure = thrown;
      ended = true;
    });
    loop_.restart();
    while (!ended) {
      if (loop_.run_one() == 0) throw std::logic_error("nothing is left that could end the test");
    }
    if (failure) std::rethrow_exception(failure);
  }

  /// Starts a peer; an exception in it fails the test.
  template <class Body>
  void start(Body body) {
    asio::co_spawn(loop_, std::move(body), [](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
  }

  /// Lets everything run that can run without further input.
  void settle() {
    loop_.restart();
    loop_.poll();
  }

  asio::io_context& loop() noexcept { return loop_; }

 private:
  asio::io_context loop_;
};

/// The server's end of plain HTTP, driven line by line by the test.
class http_peer {
 public:
  explicit http_peer(asio::io_context& loop)
      : acceptor_(loop, tcp::endpoint{asio::ip::address_v4::loopback(), 0}) {}

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] std::string origin() const { return "http://127.0.0.1:" + std::to_string(port()); }

  awaitable<tcp::socket> accept() {
    auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
    ++accepted_;
    co_return socket;
  }
  [[nodiscard]] int accepted() const noexcept { return accepted_; }

  /// Reads one request, body included; empty when the client has closed.
  static awaitable<std::string> read_request(tcp::socket& from) {
    boost::system::error_code error;
    std::string text;
    const std::size_t head =
        co_await asio::async_read_until(from, asio::dynamic_buffer(text), "\r\n\r\n",
                                        asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return std::string{};
    const std::size_t wanted = head + content_length(text);
    while (text.size() < wanted && !error) {
      char chunk[16'384];
      const auto count = co_await from.async_read_some(
          asio::buffer(chunk), asio::redirect_error(asio::use_awaitable, error));
      text.append(chunk, count);
    }
    co_return text;
  }

  /// A client that has gone by then is no failure: the next read shows it.
  static awaitable<void> write(tcp::socket& to, std::string text) {
    boost::system::error_code ignored;
    co_await asio::async_write(to, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, ignored));
  }

  /// An answer with Content-Length.
  static std::string answer(unsigned status, std::string_view body,
                            std::string_view extra_headers = {}) {
    return "HTTP/1.1 " + std::to_string(status) +
           " Status\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string{extra_headers} + "\r\n" + std::string{body};
  }

 private:
  static std::size_t content_length(const std::string& head) {
    const auto at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
  }

  tcp::acceptor acceptor_;
  int accepted_ = 0;
};

}  // namespace gatehouse::test
