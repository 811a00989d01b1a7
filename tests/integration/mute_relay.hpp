#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <cstdint>
#include <thread>

namespace gatehouse::test {

/// Leads to a server on loopback, on a thread of its own. While it is mute, what is said to the
/// server still arrives, and its answers are lost.
class mute_relay {
 public:
  explicit mute_relay(std::uint16_t server_port);
  ~mute_relay();
  mute_relay(const mute_relay&) = delete;
  mute_relay& operator=(const mute_relay&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  void set_mute(bool mute) noexcept { is_mute_ = mute; }
  /// Bytes of the server that were lost so far.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

 private:
  using tcp = boost::asio::ip::tcp;

  boost::asio::awaitable<void> accept_all();
  boost::asio::awaitable<void> serve(tcp::socket client);
  boost::asio::awaitable<void> forward(tcp::socket& from, tcp::socket& to, bool may_lose);

  std::uint16_t server_port_;
  std::atomic<bool> is_mute_ = false;
  std::atomic<std::uint64_t> lost_ = 0;
  boost::asio::io_context loop_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

}  // namespace gatehouse::test
