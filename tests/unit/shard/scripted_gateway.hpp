#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <loopback.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::test {

/// Discord's end of a shard's connections, one after another, driven line by line by the test.
class scripted_gateway {
 public:
  using stream = boost::beast::websocket::stream<tcp::socket>;

  explicit scripted_gateway(asio::io_context& loop)
      : acceptor_(loop, tcp::endpoint{asio::ip::address_v4::loopback(), 0}) {}

  [[nodiscard]] std::string url() const {
    return "ws://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  [[nodiscard]] int accepted() const noexcept { return accepted_; }

  /// The next connection, Hello said.
  awaitable<void> accept(int heartbeat_interval_ms) {
    peer_ = std::make_unique<stream>(co_await acceptor_.async_accept(asio::use_awaitable));
    ++accepted_;
    co_await peer_->async_accept(asio::use_awaitable);
    co_await say(R"({"op":10,"d":{"heartbeat_interval":)" + std::to_string(heartbeat_interval_ms) +
                 "}}");
  }
  awaitable<void> say(std::string text) {
    co_await peer_->async_write(asio::buffer(text), asio::use_awaitable);
  }
  awaitable<void> dispatch(std::string_view type, int seq, std::string_view data = "{}") {
    co_await say(R"({"op":0,"t":")" + std::string{type} + R"(","s":)" + std::to_string(seq) +
                 R"(,"d":)" + std::string{data} + "}");
  }
  awaitable<void> ready(std::string_view session_id) {
    co_await dispatch("READY", 1,
                      R"({"session_id":")" + std::string{session_id} +
                          R"(","resume_gateway_url":")" + url() + R"(","guilds":[]})");
  }
  /// Bytes of a frame, or whatever.
  awaitable<void> write_raw(std::string bytes) {
    co_await asio::async_write(peer_->next_layer(), asio::buffer(bytes), asio::use_awaitable);
  }
  /// The next message that has this opcode; others are passed over.
  awaitable<std::string> hear(int op) {
    const std::string wanted = R"("op":)" + std::to_string(op) + ",";
    for (;;) {
      boost::beast::flat_buffer buffer;
      co_await peer_->async_read(buffer, asio::use_awaitable);
      auto text = boost::beast::buffers_to_string(buffer.data());
      if (text.find(wanted) != std::string::npos) co_return text;
    }
  }
  void drop() { peer_.reset(); }

 private:
  tcp::acceptor acceptor_;
  std::unique_ptr<stream> peer_;
  int accepted_ = 0;
};

}  // namespace gatehouse::test
