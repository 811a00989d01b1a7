#include "test_client.hpp"

#include "append.hpp"

#include <gatehouse/net/ws_frame.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <charconv>
#include <deque>
#include <poll.h>
#include <stdexcept>
#include <vector>

namespace gatehouse::sim::test {

namespace asio = boost::asio;
using asio::ip::tcp;

struct test_socket::implementation {
  explicit implementation(const std::string& ca_pem)
      : encrypted(!ca_pem.empty()), tls(make_context(ca_pem)), stream(loop, tls) {}

  static asio::ssl::context make_context(const std::string& ca_pem) {
    asio::ssl::context made{asio::ssl::context::tls_client};
    if (!ca_pem.empty()) made.add_certificate_authority(asio::buffer(ca_pem));
    return made;
  }

  bool encrypted;
  asio::io_context loop;
  asio::ssl::context tls;
  asio::ssl::stream<tcp::socket> stream;
};

test_socket::test_socket(std::uint16_t port, const std::string& ca_pem)
    : implementation_(std::make_unique<implementation>(ca_pem)) {
  auto& stream = implementation_->stream;
  stream.next_layer().connect({asio::ip::address_v4::loopback(), port});
  if (!implementation_->encrypted) return;
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification("127.0.0.1"));
  stream.handshake(asio::ssl::stream_base::client);
}

test_socket::~test_socket() = default;

void test_socket::write(std::string_view bytes) {
  boost::system::error_code ignored;  // a closed peer shows in the next read
  if (implementation_->encrypted) {
    asio::write(implementation_->stream, asio::buffer(bytes), ignored);
  } else {
    asio::write(implementation_->stream.next_layer(), asio::buffer(bytes), ignored);
  }
}

std::string test_socket::read() {
  auto& socket = implementation_->stream.next_layer();
  pollfd readable{.fd = socket.native_handle(), .events = POLLIN, .revents = 0};
  // A TLS stream may hold received bytes already, which no poll would show.
  if (!implementation_->encrypted &&
      ::poll(&readable, 1, static_cast<int>(patience.count())) == 0) {
    throw std::runtime_error("nothing arrived in time");
  }
  std::string buffer(64U << 10U, '\0');
  boost::system::error_code error;
  const std::size_t size = implementation_->encrypted
                               ? implementation_->stream.read_some(asio::buffer(buffer), error)
                               : socket.read_some(asio::buffer(buffer), error);
  buffer.resize(error ? 0 : size);
  return buffer;
}

void test_socket::close() {
  boost::system::error_code ignored;
  implementation_->stream.next_layer().close(ignored);
}

std::string http_exchange(std::uint16_t port, const std::string& request,
                          const std::string& ca_pem) {
  test_socket socket(port, ca_pem);
  socket.write(request);
  std::string response;
  for (std::string part = socket.read(); !part.empty(); part = socket.read()) response += part;
  return response;
}

std::string http_get(std::uint16_t port, std::string_view target, std::string_view headers,
                     const std::string& ca_pem) {
  return http_exchange(port,
                       concat("GET ", target, " HTTP/1.1\r\nHost: localhost\r\n", headers,
                              "Connection: close\r\n\r\n"),
                       ca_pem);
}

std::string http_post(std::uint16_t port, std::string_view target, std::string_view body,
                      std::string_view headers) {
  return http_exchange(
      port, concat("POST ", target, " HTTP/1.1\r\nHost: localhost\r\n", headers,
                   "Content-Length: ", body.size(), "\r\nConnection: close\r\n\r\n", body));
}

namespace {

constexpr std::array<char, 4> mask{'\x01', '\x02', '\x03', '\x04'};

/// Either kind of transport decompression; plain when neither was asked for.
class decompressor {
 public:
  explicit decompressor(std::string_view query)
      : zlib_(query.find("zlib-stream") != std::string_view::npos) {
    if (zlib_) inflateInit(&inflate_);
  }
  ~decompressor() {
    if (zlib_) inflateEnd(&inflate_);
    ZSTD_freeDCtx(zstd_);
  }
  decompressor(const decompressor&) = delete;
  decompressor& operator=(const decompressor&) = delete;

  std::string expand(std::string_view input) {
    return zlib_ ? expand_zlib(input) : expand_zstd(input);
  }

 private:
  std::string expand_zlib(std::string_view input) {
    inflate_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    inflate_.avail_in = static_cast<uInt>(input.size());
    inflate_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
    inflate_.avail_out = static_cast<uInt>(buffer_.size());
    if (inflate(&inflate_, Z_SYNC_FLUSH) != Z_OK) return "not zlib";
    return buffer_.substr(0, buffer_.size() - inflate_.avail_out);
  }
  std::string expand_zstd(std::string_view input) {
    ZSTD_inBuffer from{input.data(), input.size(), 0};
    ZSTD_outBuffer to{buffer_.data(), buffer_.size(), 0};
    if (ZSTD_isError(ZSTD_decompressStream(zstd_, &to, &from)) != 0) return "not zstd";
    return buffer_.substr(0, to.pos);
  }

  std::string buffer_ = std::string(1U << 20U, '\0');  ///< the largest message a test expects
  bool zlib_;
  z_stream inflate_{};
  ZSTD_DCtx* zstd_ = ZSTD_createDCtx();
};

}  // namespace

struct test_client::implementation {
  implementation(std::uint16_t port, std::string_view query, const std::string& ca_pem)
      : socket(port, ca_pem), expander(query) {}

  test_socket socket;
  decompressor expander;
  net::ws_decoder decoder{net::ws_role::client, 64U << 20U};
  std::deque<std::string> payloads;
  std::optional<std::uint16_t> close_code;
  bool over = false;

  void take(std::string bytes) {
    decoder.feed(bytes);
    while (const auto message = decoder.next()) {
      switch (message->opcode) {
        case net::ws_opcode::text:
          payloads.emplace_back(message->payload);
          break;
        case net::ws_opcode::binary:
          payloads.push_back(expander.expand(message->payload));
          break;
        case net::ws_opcode::close:
          close_code = net::ws_close_code(message->payload);
          over = true;
          break;
        default:
          break;
      }
    }
  }
};

test_client::test_client(std::uint16_t port, std::string_view query, const std::string& ca_pem)
    : implementation_(std::make_unique<implementation>(port, query, ca_pem)) {
  implementation_->socket.write(
      concat("GET /?", query, " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n",
             "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
             "Sec-WebSocket-Version: 13\r\n\r\n"));
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    const auto part = implementation_->socket.read();
    if (part.empty()) throw std::runtime_error("no upgrade: " + head);
    head += part;
  }
  if (head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == std::string::npos) {
    throw std::runtime_error("wrong upgrade: " + head);
  }
  implementation_->take(head.substr(head.find("\r\n\r\n") + 4));
}

test_client::~test_client() = default;

std::string test_client::next() {
  while (implementation_->payloads.empty() && !implementation_->over) {
    auto bytes = implementation_->socket.read();
    if (bytes.empty()) {
      implementation_->over = true;
    } else {
      implementation_->take(std::move(bytes));
    }
  }
  if (implementation_->payloads.empty()) return {};
  auto payload = std::move(implementation_->payloads.front());
  implementation_->payloads.pop_front();
  return payload;
}

std::string test_client::next_with(std::string_view part) {
  std::string payload = next();
  while (!payload.empty() && payload.find(part) == std::string::npos) payload = next();
  return payload;
}

std::optional<std::uint16_t> test_client::wait_for_close() {
  while (!next().empty()) {
  }
  return implementation_->close_code;
}

void test_client::send(std::string_view payload) {
  std::string frame;
  net::append_ws_frame(frame, net::ws_opcode::text, payload, mask);
  implementation_->socket.write(frame);
}

void test_client::send_close(std::uint16_t code) {
  std::string frame;
  net::append_ws_frame(frame, net::ws_opcode::close, net::encode_ws_close(code, ""), mask);
  implementation_->socket.write(frame);
}

void test_client::drop() {
  implementation_->socket.close();
}

std::string test_client::identify(std::uint32_t shard_id, std::uint32_t shard_count,
                                  std::uint64_t intents) {
  next_with(R"("op":10)");
  send(concat(R"({"op":2,"d":{"token":"Bot sim-token","intents":)", intents, R"(,"shard":[)",
              shard_id, ",", shard_count, R"(],"properties":{}}})"));
  return next_with(R"("t":"READY")");
}

void test_client::resume(std::string_view session_id, std::uint64_t seq) {
  next_with(R"("op":10)");
  send(concat(R"({"op":6,"d":{"token":"sim-token","session_id":")", session_id, R"(","seq":)", seq,
              "}}"));
}

std::string field(std::string_view payload, std::string_view before) {
  const auto place = payload.find(before);
  if (place == std::string_view::npos) return {};
  const auto rest = payload.substr(place + before.size());
  return std::string(rest.substr(0, rest.find_first_of("\",}]")));
}

std::uint64_t seq_of(std::string_view payload) {
  const auto digits = field(payload, R"("s":)");
  std::uint64_t seq = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), seq);
  return seq;
}

std::string session_id_of(std::string_view ready) {
  return field(ready, R"("session_id":")");
}

}  // namespace gatehouse::sim::test
