#include "ws_upgrade.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <fuzz_input.hpp>
#include <sys/socket.h>
#include <unistd.h>

// The first byte: whether the rest is the whole upgrade answer, or what follows a good one. The
// peer has said it all before it is asked; a pair of sockets is the network.

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
using fuzz::require;
using socket = asio::generic::stream_protocol::socket;

class counting_reader final : public ws_reader {
 public:
  void on_message(ws_opcode opcode, std::string_view payload) override {
    require(opcode == ws_opcode::text || opcode == ws_opcode::binary, "messages only");
    require(payload.size() <= ws_connection::max_message_bytes, "within the limit");
    if (++messages_ > 64) connection_->close(1000);
  }
  [[nodiscard]] bool wants_pause() const noexcept override { return false; }
  void watch(ws_connection& connection) { connection_ = &connection; }

 private:
  ws_connection* connection_ = nullptr;
  int messages_ = 0;
};

std::string accept_for(std::string_view request) {
  constexpr std::string_view name = "Sec-WebSocket-Key: ";
  const auto begin = request.find(name) + name.size();
  std::string text{request.substr(begin, request.find('\r', begin) - begin)};
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(digest.data()));
  std::string out(29, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(digest.data()), SHA_DIGEST_LENGTH);
  out.resize(static_cast<std::size_t>(length));
  return out;
}

void say(int peer, std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(peer, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

asio::awaitable<void> talk(channel connected, const url& to, read_buffer& buffer, bool& ended) {
  auto opened = co_await upgrade(std::move(connected), to);
  if (opened) {
    counting_reader reader;
    reader.watch(**opened);
    co_await (*opened)->run(reader, buffer);
  } else {
    require(!opened.error().reason.empty(), "a refusal has a reason");
  }
  ended = true;
}

void run(bool is_upgraded, std::string_view rest) {
  static read_buffer buffer;
  std::array<int, 2> ends{};
  require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0,
          "sockets are to be had");
  asio::io_context loop{1};
  socket ours{loop};
  ours.assign(asio::generic::stream_protocol{AF_UNIX, 0}, ends[0]);
  ours.non_blocking(true);
  const url to{url_scheme::ws, "gateway.test", 80, "/?v=10"};
  bool ended = false;
  asio::co_spawn(loop, talk(channel{std::move(ours), nullptr}, to, buffer, ended), asio::detached);
  loop.poll();  // until it waits for the answer
  std::array<char, 2'048> request{};
  const auto asked = ::recv(ends[1], request.data(), request.size(), 0);
  require(asked > 0, "the upgrade is asked for");
  if (is_upgraded) {
    say(ends[1],
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
            accept_for({request.data(), static_cast<std::size_t>(asked)}) + "\r\n\r\n");
  }
  say(ends[1], rest);
  loop.restart();
  loop.poll();
  ::close(ends[1]);
  loop.restart();
  loop.poll();
  require(ended, "a peer that is gone is noticed at once");
}

}  // namespace
}  // namespace gatehouse::net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gatehouse::fuzz::input in{data, size};
  const bool is_upgraded = (in.byte() & 1U) != 0;
  gatehouse::net::run(is_upgraded, in.text(100'000));
  return 0;
}
