#include "gateway_server.hpp"

#include "append.hpp"
#include "http_request.hpp"

#include <boost/beast/core/string.hpp>
#include <openssl/evp.h>

#include <array>

namespace gatehouse::sim {

std::optional<gateway_query> parse_gateway_query(std::string_view target) {
  gateway_query query;
  const auto mark = target.find('?');
  std::string_view rest = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const auto pair = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const auto key = pair.substr(0, equals);
    const auto value = pair.substr(equals + 1);
    if (key == "v") query.version = value;
    if (key == "encoding" && value != "json") return std::nullopt;
    if (key != "compress") continue;
    if (value == "zlib-stream") {
      query.compress = compression::zlib_stream;
    } else if (value == "zstd-stream") {
      query.compress = compression::zstd_stream;
    } else {
      return std::nullopt;
    }
  }
  return query;
}

std::string websocket_accept(std::string_view key) {
  const std::string text = concat(key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned digest_size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &digest_size, EVP_sha1(), nullptr);
  std::array<unsigned char, 64> encoded{};
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest_size));
  return {encoded.begin(), encoded.begin() + size};
}

gateway_server::gateway_server(asio::io_context& loop, simulation& shared, asio::ssl::context* tls)
    : loop_(loop),
      shared_(shared),
      listener_(
          loop, shared.options.address, shared.options.gateway_port, tls,
          [this](std::unique_ptr<byte_stream> stream) { return serve(std::move(stream), false); }) {
  if (shared.options.resume != resume_target::second_port) return;
  second_listener_ = std::make_unique<listener>(
      loop, shared.options.address, std::uint16_t{0}, tls,
      [this](std::unique_ptr<byte_stream> stream) { return serve(std::move(stream), true); });
}

std::optional<std::uint16_t> gateway_server::second_port() const {
  if (!second_listener_) return std::nullopt;
  return second_listener_->port();
}

void gateway_server::set_listening(bool listening) {
  if (listening) {
    listener_.reopen();
  } else {
    listener_.close();
  }
}

void gateway_server::send_payload(std::uint32_t shard_id, std::string_view payload) {
  for (auto* const connection : connections_) {
    const session* const current = connection->protocol().current();
    if (current != nullptr && current->shard_id == shard_id) connection->send(payload);
  }
}

gateway_session* gateway_server::pick(random_stream& random) {
  if (connections_.empty()) return nullptr;
  const auto steps = static_cast<std::ptrdiff_t>(random.below(connections_.size()));
  return &(*std::next(connections_.begin(), steps))->protocol();
}

asio::awaitable<void> gateway_server::serve(std::unique_ptr<byte_stream> stream,
                                            bool on_second_port) {
  shared_.board.update([&](statistics& numbers) {
    ++numbers.connections;
    ++numbers.open_connections;
    if (on_second_port) ++numbers.second_port_connections;
  });
  if (shared_.faults.take_waiting(fault_kind::refuse_connection, {})) {
    stream->reset();
  } else {
    error_code error;
    co_await stream->handshake(error);
    if (!error) co_await converse(*stream, on_second_port);
  }
  shared_.board.update([](statistics& numbers) { --numbers.open_connections; });
}

asio::awaitable<void> gateway_server::converse(byte_stream& stream, bool on_second_port) {
  std::string received;
  http_request request;
  error_code error;
  http_parse parsed = http_parse::incomplete;
  while (parsed == http_parse::incomplete) {
    std::array<char, 4096> buffer;
    const std::size_t size = co_await stream.read_some(asio::buffer(buffer), error);
    if (error) co_return;
    received.append(buffer.data(), size);
    parsed = parse_http_request(received, request);
  }
  const auto key = request.header("sec-websocket-key");
  const auto query = parse_gateway_query(request.target);
  const bool valid = parsed == http_parse::complete && request.method == "GET" && !key.empty() &&
                     boost::beast::iequals(request.header("upgrade"), "websocket") && query;
  std::string answer;
  if (valid) {
    append(answer, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n",
           "Connection: Upgrade\r\nSec-WebSocket-Accept: ", websocket_accept(key), "\r\n\r\n");
  } else {
    append_http_response(answer, 400, "expected a gateway URL\n", {}, false);
  }
  co_await stream.write(asio::buffer(answer), error);
  if (error || !valid) co_return;
  gateway_connection connection(loop_, shared_, stream, *query, on_second_port);
  connections_.insert(&connection);
  co_await connection.run(std::string_view(received).substr(request.size));
  connections_.erase(&connection);
}

}  // namespace gatehouse::sim
