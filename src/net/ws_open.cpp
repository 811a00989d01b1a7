#include "channel_io.hpp"
#include "unpredictable.hpp"
#include "ws_upgrade.hpp"

#include <gatehouse/net/ws_connection.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <string>
#include <utility>

/// The opening handshake of RFC 6455 section 4.
namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t max_answer_bytes = 16UL << 10;

std::string base64(std::span<const unsigned char> bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3), '\0');
  // EVP_EncodeBlock ends its output with a NUL, for which std::string has room.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                  static_cast<int>(bytes.size()));
  return text;
}

std::string make_key() {
  std::array<unsigned char, 16> nonce{};
  fill_unpredictably(std::as_writable_bytes(std::span{nonce}));
  return base64(nonce);
}

std::string accept_for(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return base64(digest);
}

std::string upgrade_request(const url& to, const std::string& key) {
  return "GET " + to.target + " HTTP/1.1\r\nHost: " + to.authority() +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key +
         "\r\nSec-WebSocket-Version: 13\r\nUser-Agent: gatehouse\r\n\r\n";
}

/// Why the answer is no upgrade; empty when it is one.
std::string objection(const http::response<http::empty_body>& answer, const std::string& key) {
  if (answer.result() != http::status::switching_protocols) {
    return "the upgrade was answered with HTTP " + std::to_string(answer.result_int());
  }
  if (!boost::beast::iequals(answer[http::field::upgrade], "websocket")) {
    return "the upgrade answer does not name websocket";
  }
  if (answer[http::field::sec_websocket_accept] != accept_for(key)) {
    return "the upgrade answer has a wrong Sec-WebSocket-Accept";
  }
  if (answer.find(http::field::sec_websocket_extensions) != answer.end()) {
    return "the upgrade answer has an extension that was not asked for";
  }
  return {};
}

}  // namespace

asio::awaitable<ws_open_result> upgrade(channel connected, const url& to) {
  const std::string key = make_key();
  if (const error_code error = co_await write_all(connected, upgrade_request(to, key))) {
    co_return ws_open_failure{"sending the upgrade request: " + error.message()};
  }
  http::response_parser<http::empty_body> parser;
  parser.header_limit(max_answer_bytes);
  parser.skip(true);
  std::string received;
  while (!parser.is_header_done()) {
    std::array<char, 4096> chunk{};
    const auto bytes = co_await read_some(connected, chunk);
    if (!bytes) co_return ws_open_failure{"waiting for the upgrade: " + bytes.error().message()};
    if (*bytes == 0) co_return ws_open_failure{"the connection was closed during the upgrade"};
    received.append(chunk.data(), *bytes);
    error_code error;
    const std::size_t used = parser.put(asio::buffer(received), error);
    received.erase(0, used);
    if (error && error != http::error::need_more) {
      co_return ws_open_failure{"malformed upgrade answer: " + error.message()};
    }
    if (received.size() > max_answer_bytes) co_return ws_open_failure{"oversized upgrade answer"};
  }
  if (std::string reason = objection(parser.get(), key); !reason.empty()) {
    co_return ws_open_failure{std::move(reason)};
  }
  co_return std::make_unique<ws_connection>(std::move(connected), std::move(received));
}

namespace {

asio::awaitable<ws_open_result> dial_and_upgrade(const url& to, const tls_context* tls,
                                                 runtime::time_point deadline) {
  auto connected = co_await dial(to, tls, deadline);
  if (!connected) {
    co_return ws_open_failure{"connecting to " + to.to_string() + ": " +
                              connected.error().message()};
  }
  co_return co_await upgrade(std::move(*connected), to);
}

}  // namespace

asio::awaitable<ws_open_result> open_ws(const url& to, const tls_context* tls,
                                        runtime::time_point deadline) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer{co_await asio::this_coro::executor, deadline};
  auto first = co_await (dial_and_upgrade(to, tls, deadline) ||
                         timer.async_wait(asio::as_tuple(asio::use_awaitable)));
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  co_return ws_open_failure{"no WebSocket at " + to.to_string() + " in time"};
}

}  // namespace gatehouse::net
