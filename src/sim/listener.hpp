#pragma once

#include "byte_stream.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace gatehouse::sim {

/// Accepts connections and serves each in a coroutine of its own. Loop thread only, apart from
/// construction and `port`.
class listener {
 public:
  using serve_function = std::function<asio::awaitable<void>(std::unique_ptr<byte_stream>)>;

  /// Binds and listens at once; throws boost::system::system_error. `tls` may be null.
  listener(asio::io_context& loop, const std::string& address, std::uint16_t port,
           asio::ssl::context* tls, serve_function serve);
  /// A Unix domain socket; a file left at the path by an earlier process is replaced.
  listener(asio::io_context& loop, const std::string& unix_path, asio::ssl::context* tls,
           serve_function serve);
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  void close();
  /// Listens on the same address again; throws boost::system::system_error.
  void reopen();

 private:
  using protocol = asio::generic::stream_protocol;
  using acceptor = asio::basic_socket_acceptor<protocol>;

  void open();
  asio::awaitable<void> accept_loop(std::shared_ptr<acceptor> from);

  asio::io_context& loop_;
  asio::ssl::context* tls_;
  serve_function serve_;
  protocol::endpoint endpoint_;
  std::string unix_path_;
  std::uint16_t port_ = 0;
  std::shared_ptr<acceptor> acceptor_;  ///< shared with the accept loop, which outlives a close
};

/// A loopback port on which nothing listens: it was free a moment ago.
std::uint16_t find_dead_port(const std::string& address);

}  // namespace gatehouse::sim
