#include "listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <unistd.h>

namespace gatehouse::sim {

using asio::ip::tcp;

listener::listener(asio::io_context& loop, const std::string& address, std::uint16_t port,
                   asio::ssl::context* tls, serve_function serve)
    : loop_(loop),
      tls_(tls),
      serve_(std::move(serve)),
      endpoint_(tcp::endpoint(asio::ip::make_address(address), port)) {
  open();
  tcp::endpoint bound;
  const protocol::endpoint actual = acceptor_->local_endpoint();
  bound.resize(actual.size());
  std::memcpy(bound.data(), actual.data(), actual.size());
  port_ = bound.port();
  endpoint_ = bound;
}

listener::listener(asio::io_context& loop, const std::string& unix_path, asio::ssl::context* tls,
                   serve_function serve)
    : loop_(loop),
      tls_(tls),
      serve_(std::move(serve)),
      endpoint_(asio::local::stream_protocol::endpoint(unix_path)),
      unix_path_(unix_path) {
  open();
}

listener::~listener() {
  if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
}

void listener::open() {
  if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
  acceptor_ = std::make_shared<acceptor>(loop_);
  acceptor_->open(endpoint_.protocol());
  acceptor_->set_option(asio::socket_base::reuse_address(true));
  acceptor_->bind(endpoint_);
  acceptor_->listen();
  asio::co_spawn(loop_, accept_loop(acceptor_), asio::detached);
}

void listener::close() {
  error_code ignored;
  acceptor_->close(ignored);
}

void listener::reopen() {
  if (!acceptor_->is_open()) open();
}

asio::awaitable<void> listener::accept_loop(std::shared_ptr<acceptor> from) {
  while (from->is_open()) {
    error_code error;
    stream_socket socket =
        co_await from->async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      asio::co_spawn(loop_, serve_(make_byte_stream(std::move(socket), tls_)), asio::detached);
    } else if (from->is_open()) {
      // Out of descriptors, say: the connection waits in the backlog while we do not spin.
      asio::steady_timer pause(loop_, std::chrono::milliseconds(50));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

std::uint16_t find_dead_port(const std::string& address) {
  asio::io_context loop;
  tcp::acceptor probe(loop, tcp::endpoint(asio::ip::make_address(address), 0));
  return probe.local_endpoint().port();
}

}  // namespace gatehouse::sim
