#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>

namespace gatehouse::sim {

namespace asio = boost::asio;
using boost::system::error_code;
/// TCP and Unix domain sockets alike.
using stream_socket = asio::generic::stream_protocol::socket;

/// The server's end of an accepted connection, plain or TLS. Loop thread only; one read and one
/// write may be under way at once.
class byte_stream {
 public:
  byte_stream() = default;
  virtual ~byte_stream() = default;
  byte_stream(const byte_stream&) = delete;
  byte_stream& operator=(const byte_stream&) = delete;

  /// TLS handshake; nothing to do on a plain stream.
  virtual asio::awaitable<void> handshake(error_code& error) = 0;
  virtual asio::awaitable<std::size_t> read_some(asio::mutable_buffer into, error_code& error) = 0;
  /// Writes everything.
  virtual asio::awaitable<void> write(asio::const_buffer bytes, error_code& error) = 0;
  /// Ends our direction after what was written.
  virtual void finish() noexcept = 0;
  /// Closes with a TCP reset; operations under way end with an error.
  virtual void reset() noexcept = 0;
};

/// `tls` may be null; it must outlive the stream.
std::unique_ptr<byte_stream> make_byte_stream(stream_socket socket, asio::ssl::context* tls);

}  // namespace gatehouse::sim
