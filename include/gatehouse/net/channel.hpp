#pragma once

#include <gatehouse/net/resolver.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/net/url.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::net {

enum class io_status {
  done,        ///< `bytes` were moved
  want_read,   ///< wait until the socket is readable, then call again
  want_write,  ///< wait until the socket is writable, then call again
  end,         ///< the peer closed in order
  failed,      ///< `error` says why; the channel is of no more use
};

struct io_result {
  io_status status = io_status::done;
  std::size_t bytes = 0;
  boost::system::error_code error;
  /// Of a read: most likely there is nothing more at the moment. Waiting costs less than a read in
  /// vain, and finds out if there is.
  bool is_last = false;
  /// Of a read, and only after `count_unread`: there was nothing more, not even the end. Enough for
  /// `watch_readable`.
  bool is_all = false;
};

class counted_socket;
class readable_watch;

/// A connected, non-blocking byte stream: TCP, TLS over TCP, or a unix socket.
///
/// Reading and writing are plain calls that move what is possible now; only waiting is
/// asynchronous. So a caller reads into a buffer that many connections share, and sends a request
/// without a trip through the scheduler. One owner, one thread.
class channel {
 public:
  using socket_type = boost::asio::generic::stream_protocol::socket;

  /// Takes a connected socket. `ssl` (an SSL*, owned from here on) has finished its handshake.
  channel(socket_type socket, void* ssl);
  ~channel();
  channel(channel&& other) noexcept;
  channel& operator=(channel&& other) = delete;

  /// Reads once. With TLS, data may be left inside after a `done`: read until `want_read` or
  /// `is_last` before waiting.
  io_result read(std::span<char> into) noexcept;
  /// Gathers the pieces into as few system calls as possible; `bytes` may be less than their sum.
  /// After a `done` with a part, call again with the rest.
  io_result write(std::span<const std::string_view> pieces) noexcept;

  /// Completes with an error code when the socket is ready, or `operation_aborted` after close.
  template <class CompletionToken>
  auto async_wait_readable(CompletionToken&& token) {
    return socket_.async_wait(socket_type::wait_read, std::forward<CompletionToken>(token));
  }
  template <class CompletionToken>
  auto async_wait_writable(CompletionToken&& token) {
    return socket_.async_wait(socket_type::wait_write, std::forward<CompletionToken>(token));
  }
  /// The cheap way for a socket that is waited for all the time: from now on each `watch_readable`
  /// has `told` called once, when the socket is readable or closed. Everything must have been read
  /// before it is called again, up to `want_read` or `is_all`: of what was there already nothing is
  /// heard.
  void set_watch(std::function<void(const boost::system::error_code&)> told);
  void watch_readable();
  /// What the kernel holds of what has arrived.
  [[nodiscard]] std::size_t unread_bytes() const noexcept;
  /// Has reads tell `is_all`, where the kernel can. For who waits after nearly each read.
  void count_unread();

  [[nodiscard]] boost::asio::any_io_executor executor() { return socket_.get_executor(); }

  /// Sends close_notify where TLS is spoken, closes the socket; outstanding waits are aborted.
  void close() noexcept;
  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }

 private:
  io_result read_plain(std::span<char> into) noexcept;
  io_result read_counted(std::span<char> into) noexcept;
  io_result read_tls(std::span<char> into) noexcept;
  io_result write_plain(std::span<const std::string_view> pieces) noexcept;
  io_result write_tls(std::span<const std::string_view> pieces) noexcept;

  socket_type socket_;
  void* ssl_;
  std::unique_ptr<counted_socket> counted_;  ///< outlives `ssl_`, which may read through it
  readable_watch* watch_ = nullptr;          ///< owned; outlives the channel while it is under way
};

/// Finds the addresses, connects to the first that answers and does the TLS handshake with SNI and
/// verification. `tls` must not be null for https and wss. Ends at `deadline` with `timed_out`,
/// whatever holds it up. `operation_aborted` means that the calling coroutine has been cancelled,
/// and nothing else.
boost::asio::awaitable<boost::system::result<channel>> dial(
    const url& to, const tls_context* tls, runtime::time_point deadline,
    resolver& names = resolver::of_process());

}  // namespace gatehouse::net
