#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::test {

/// An HTTP proxy that knows CONNECT and nothing else, on loopback and a thread of its own.
class connect_proxy {
 public:
  /// `authorization`: what it wants in Proxy-Authorization; empty: nothing.
  explicit connect_proxy(std::string authorization = {});
  ~connect_proxy();
  connect_proxy(const connect_proxy&) = delete;
  connect_proxy& operator=(const connect_proxy&) = delete;

  /// `host:port`.
  [[nodiscard]] std::string address() const;
  /// The ports that it has led to, in their order.
  [[nodiscard]] std::vector<std::uint16_t> ports() const;
  [[nodiscard]] bool has_led_to(std::uint16_t port) const;

 private:
  using tcp = boost::asio::ip::tcp;

  boost::asio::awaitable<void> accept_all();
  boost::asio::awaitable<void> serve(tcp::socket client);

  std::string authorization_;
  boost::asio::io_context loop_;
  tcp::acceptor acceptor_;
  mutable std::mutex mutex_;
  std::vector<std::uint16_t> ports_;
  std::thread thread_;
};

}  // namespace gatehouse::test
