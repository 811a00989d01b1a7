#include "connect.hpp"
#include "tls_error.hpp"
#include "tunnel.hpp"

#include <gatehouse/net/channel.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <memory>
#include <utility>

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;
using boost::system::result;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

struct ssl_deleter {
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};
using ssl_ptr = std::unique_ptr<SSL, ssl_deleter>;

template <class Socket>
result<channel::socket_type> as_generic(result<Socket> socket) {
  if (!socket) return socket.error();
  return channel::socket_type{*std::move(socket)};
}

awaitable<result<channel::socket_type>> connect_local(const url& to) {
  co_return as_generic(co_await connect_unix(to.host));
}

awaitable<result<channel::socket_type>> connect_tcp(const url& to, resolver& names,
                                                    runtime::time_point deadline) {
  error_code no_literal;
  host_addresses addresses{asio::ip::make_address(to.host, no_literal)};
  if (no_literal) {
    auto found = co_await names.resolve(to.host, deadline);
    if (!found) co_return found.error();
    addresses = *std::move(found);
  }
  co_return as_generic(co_await connect_first(std::move(addresses), to.port));
}

/// Not a coroutine: g++ 12 destroys the result twice when `co_await` stands in a conditional
/// expression, and so closes the socket.
awaitable<result<channel::socket_type>> connect_socket(const url& to, resolver& names,
                                                       runtime::time_point deadline) {
  return to.scheme == url_scheme::http_unix ? connect_local(to) : connect_tcp(to, names, deadline);
}

/// Server name indication, and the name or address that the certificate must be for.
void expect_peer(SSL* ssl, const std::string& host) {
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1) return;
  ERR_clear_error();
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  SSL_set1_host(ssl, host.c_str());
  // What the macro SSL_set_tlsext_host_name does, less its C cast.
  SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(host.c_str()));
}

awaitable<error_code> handshake(SSL* ssl, channel::socket_type& socket) {
  for (;;) {
    errno = 0;
    const int returned = SSL_connect(ssl);
    if (returned == 1) co_return error_code{};
    const int saved_errno = errno;
    auto readiness = channel::socket_type::wait_read;
    switch (SSL_get_error(ssl, returned)) {
      case SSL_ERROR_WANT_READ:
        break;
      case SSL_ERROR_WANT_WRITE:
        readiness = channel::socket_type::wait_write;
        break;
      case SSL_ERROR_SYSCALL:
        if (saved_errno != 0) co_return error_code{saved_errno, boost::system::system_category()};
        co_return take_tls_error(ssl);
      default:
        co_return take_tls_error(ssl);
    }
    const auto [error] = co_await socket.async_wait(readiness, use_tuple);
    if (error) co_return error;
  }
}

awaitable<result<channel>> connect(const url& to, const tls_context* tls, resolver& names,
                                   runtime::time_point deadline) {
  const auto* const proxy = to.is_tls() ? tls->proxy_for(to) : nullptr;
  auto socket = co_await connect_socket(proxy == nullptr ? to : proxy->address, names, deadline);
  if (!socket) co_return socket.error();
  if (!to.is_tls()) co_return channel{std::move(*socket), nullptr};
  if (proxy != nullptr) {
    if (const auto error = co_await open_tunnel(*socket, *proxy, to)) co_return error;
  }

  ssl_ptr ssl{SSL_new(static_cast<SSL_CTX*>(tls->native()))};
  if (!ssl) co_return error_code{asio::error::no_memory};
  SSL_set_fd(ssl.get(), socket->native_handle());
  expect_peer(ssl.get(), to.host);
  if (const auto error = co_await handshake(ssl.get(), *socket)) co_return error;
  co_return channel{std::move(*socket), ssl.release()};
}

}  // namespace

awaitable<result<channel>> dial(const url& to, const tls_context* tls, runtime::time_point deadline,
                                resolver& names) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer{co_await asio::this_coro::executor, deadline};
  auto first = co_await (connect(to, tls, names, deadline) || timer.async_wait(use_tuple));
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
  if (cancelled != asio::cancellation_type::none) co_return asio::error::operation_aborted;
  co_return asio::error::timed_out;
}

}  // namespace gatehouse::net
