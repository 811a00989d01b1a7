#include "connection.hpp"

#include "compression.hpp"
#include "dispatch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <spdlog/logger.h>

#include <array>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace gatehouse::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::awaitable;
using boost::system::error_code;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

using parser_type = http::request_parser<http::string_body>;

/// The client is to read the answer before the connection is reset because of what it still sends.
constexpr runtime::seconds linger_timeout{1};
constexpr unsigned no_content = 204;

/// The status that tells the client what was wrong with its request; nothing where the connection
/// is gone or too slow to be worth an answer.
std::optional<answer> describe_read_error(const error_code& error) {
  if (error == http::error::header_limit) {
    return answer{error_response(431, "the header is too large")};
  }
  if (error == http::error::body_limit) return answer{error_response(413, "the body is too large")};
  if (error == http::error::end_of_stream || error == http::error::partial_message ||
      error.category() != http::make_error_code(http::error::bad_method).category()) {
    return std::nullopt;
  }
  return answer{error_response(400, "malformed request: " + error.message())};
}

std::optional<std::string_view> header(const http::fields& of, http::field name) {
  const auto found = of.find(name);
  if (found == of.end()) return std::nullopt;
  return std::string_view{found->value().data(), found->value().size()};
}

incoming describe(const http::request<http::string_body>& message) {
  const auto view = [](beast::string_view text) {
    return std::string_view{text.data(), text.size()};
  };
  return {view(message.method_string()),
          view(message.target()),
          message.body(),
          header(message, http::field::authorization),
          header(message, http::field::origin),
          header(message, http::field::host)};
}

using tls_stream = beast::ssl_stream<beast::tcp_stream>;

/// Tells the peer that nothing follows.
awaitable<void> say_farewell(beast::tcp_stream&) {
  co_return;
}
awaitable<void> say_farewell(tls_stream& stream) {
  co_await stream.async_shutdown(use_tuple);
}

/// Over a plain or an encrypted stream whose handshake is done.
template <class Stream>
class connection {
 public:
  connection(Stream stream, service& with)
      : stream_(std::move(stream)),
        with_(with),
        place_(beast::get_lowest_layer(stream_)),
        buffer_(with.limits.max_header_bytes) {}

  awaitable<void> run() {
    // Named: g++ 12 compiles an await in the loop's condition to an endless loop at -O1.
    bool again = true;
    while (again) again = co_await serve_one();
    co_await linger();
  }

 private:
  /// False when the connection is to be closed.
  awaitable<bool> serve_one() {
    place_.enter(with_.waiting);
    if (!co_await wait_for_request()) co_return false;
    place_.enter(with_.waiting);  // it has begun, and is judged by that
    parser_type parser;
    parser.header_limit(with_.limits.max_header_bytes);
    parser.body_limit(with_.limits.max_body_bytes);
    if (const error_code error = co_await read(parser)) {
      if (const auto refusal = describe_read_error(error)) {
        co_await write(*refusal, false, false);
      }
      co_return false;
    }
    const auto& message = parser.get();
    place_.leave();
    answer reply = co_await dispatch(describe(message), with_);
    if (accepts_gzip(header(message, http::field::accept_encoding).value_or(""))) {
      compress(reply.message);
    }
    place_.enter(with_.waiting);
    // Where others wait for a place, it is free again without a client finding itself cut off.
    const bool keep_alive = message.keep_alive() && !with_.is_crowded;
    co_return co_await write(reply, message.method() == http::verb::head, keep_alive);
  }

  /// The first request must come at once, a later one within the keep-alive time.
  awaitable<bool> wait_for_request() {
    if (buffer_.size() > 0) co_return true;
    constexpr std::size_t first_bytes = 1024;
    expires_after(served_ == 0 ? with_.limits.read_timeout : with_.limits.keep_alive);
    const auto [error, bytes] =
        co_await stream_.async_read_some(buffer_.prepare(first_bytes), use_tuple);
    buffer_.commit(bytes);
    co_return !error;
  }

  awaitable<error_code> read(parser_type& parser) {
    expires_after(with_.limits.read_timeout);
    const auto [header_error, header_bytes] =
        co_await http::async_read_header(stream_, buffer_, parser, use_tuple);
    if (header_error) co_return header_error;
    expires_after(with_.limits.read_timeout);
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      const auto [error, bytes] =
          co_await asio::async_write(stream_, asio::buffer(go_on.data(), go_on.size()), use_tuple);
      if (error) co_return error;
    }
    const auto [error, bytes] = co_await http::async_read(stream_, buffer_, parser, use_tuple);
    co_return error;
  }

  /// False when the connection must not be used again.
  awaitable<bool> write(const answer& reply, bool to_head, bool keep_alive) {
    http::response<http::string_body> message;
    message.version(11);
    message.result(reply.message.status);
    message.set(http::field::content_type, reply.message.content_type);
    message.set(http::field::cache_control, "no-store");
    message.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : reply.message.headers) message.set(name, value);
    if (!reply.allow.empty()) message.set(http::field::allow, reply.allow);
    message.keep_alive(keep_alive);
    if (reply.message.status != no_content) {
      message.content_length(reply.message.body.size());
      if (!to_head) message.body() = reply.message.body;
    }
    ++served_;
    expires_after(with_.limits.write_timeout);
    const auto [error, bytes] = co_await http::async_write(stream_, message, use_tuple);
    co_return !error && keep_alive;
  }

  /// Ends our side, then takes what the client still sends for a moment.
  awaitable<void> linger() {
    expires_after(linger_timeout);
    co_await say_farewell(stream_);
    auto& below = beast::get_lowest_layer(stream_);
    error_code ignored;
    below.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    if (ignored) co_return;
    std::array<char, 4096> discarded;
    for (;;) {
      const auto [error, bytes] =
          co_await below.async_read_some(asio::buffer(discarded), use_tuple);
      if (error) co_return;
    }
  }

  void expires_after(runtime::duration span) {
    beast::get_lowest_layer(stream_).expires_after(span);
  }

  Stream stream_;
  service& with_;
  /// In the line but for while a request is handled.
  waiting_clients::place place_;
  beast::flat_buffer buffer_;
  std::uint64_t served_ = 0;
};

template <class Stream>
awaitable<void> run(Stream stream, service& with) {
  connection<Stream> one{std::move(stream), with};
  co_await one.run();
}

awaitable<error_code> shake_hands(tls_stream& stream, service& with) {
  auto& below = beast::get_lowest_layer(stream);
  waiting_clients::place place{below};
  place.enter(with.waiting);
  below.expires_after(with.limits.read_timeout);
  const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, use_tuple);
  co_return error;
}

}  // namespace

awaitable<void> serve(asio::ip::tcp::socket socket, service& with) {
  if (!with.identity) {
    co_await run(beast::tcp_stream{std::move(socket)}, with);
    co_return;
  }
  tls_stream stream{std::move(socket), with.identity->context()};
  if (const error_code error = co_await shake_hands(stream, with)) {
    with.log->debug("TLS handshake: {}", error.message());
    co_return;
  }
  co_await run(std::move(stream), with);
}

}  // namespace gatehouse::admin
