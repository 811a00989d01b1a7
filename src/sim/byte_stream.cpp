#include "byte_stream.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace gatehouse::sim {
namespace {

void reset_socket(stream_socket& socket) noexcept {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

class plain_stream final : public byte_stream {
 public:
  explicit plain_stream(stream_socket socket) : socket_(std::move(socket)) {}

  asio::awaitable<void> handshake(error_code& error) override {
    error = {};
    co_return;
  }
  asio::awaitable<std::size_t> read_some(asio::mutable_buffer into, error_code& error) override {
    return socket_.async_read_some(into, asio::redirect_error(asio::use_awaitable, error));
  }
  asio::awaitable<void> write(asio::const_buffer bytes, error_code& error) override {
    co_await asio::async_write(socket_, bytes, asio::redirect_error(asio::use_awaitable, error));
  }
  void finish() noexcept override {
    error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  }
  void reset() noexcept override { reset_socket(socket_); }

 private:
  stream_socket socket_;
};

class tls_stream final : public byte_stream {
 public:
  tls_stream(stream_socket socket, asio::ssl::context& tls) : stream_(std::move(socket), tls) {}

  asio::awaitable<void> handshake(error_code& error) override {
    co_await stream_.async_handshake(asio::ssl::stream_base::server,
                                     asio::redirect_error(asio::use_awaitable, error));
  }
  asio::awaitable<std::size_t> read_some(asio::mutable_buffer into, error_code& error) override {
    return stream_.async_read_some(into, asio::redirect_error(asio::use_awaitable, error));
  }
  asio::awaitable<void> write(asio::const_buffer bytes, error_code& error) override {
    co_await asio::async_write(stream_, bytes, asio::redirect_error(asio::use_awaitable, error));
  }
  /// Without close_notify, as Discord's edge usually does it: a client has to bear that.
  void finish() noexcept override {
    error_code ignored;
    stream_.next_layer().shutdown(asio::socket_base::shutdown_send, ignored);
  }
  void reset() noexcept override { reset_socket(stream_.next_layer()); }

 private:
  asio::ssl::stream<stream_socket> stream_;
};

}  // namespace

std::unique_ptr<byte_stream> make_byte_stream(stream_socket socket, asio::ssl::context* tls) {
  error_code ignored;  // a Unix socket has no such option
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (tls == nullptr) return std::make_unique<plain_stream>(std::move(socket));
  return std::make_unique<tls_stream>(std::move(socket), *tls);
}

}  // namespace gatehouse::sim
