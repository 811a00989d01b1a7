#pragma once

#include "byte_stream.hpp"
#include "gateway_connection.hpp"
#include "listener.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace gatehouse::sim {

/// Accepts gateway connections, upgrades them to WebSocket and runs each.
class gateway_server {
 public:
  /// Listens at once, on two ports with resume_target::second_port. `tls` may be null.
  gateway_server(asio::io_context& loop, simulation& shared, asio::ssl::context* tls);

  [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }
  [[nodiscard]] std::optional<std::uint16_t> second_port() const;
  void set_listening(bool listening);
  /// To every connection of this shard, or every one there is.
  void send_payload(std::uint32_t shard_id, std::string_view payload);
  /// A connection at random, for chaos; null when there is none.
  gateway_session* pick(random_stream& random);

 private:
  asio::awaitable<void> serve(std::unique_ptr<byte_stream> stream, bool on_second_port);
  asio::awaitable<void> converse(byte_stream& stream, bool on_second_port);

  asio::io_context& loop_;
  simulation& shared_;
  std::set<gateway_connection*> connections_;
  listener listener_;
  std::unique_ptr<listener> second_listener_;
};

/// The query part of a gateway URL; nothing when it asks for what does not exist.
std::optional<gateway_query> parse_gateway_query(std::string_view target);

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 section 4.2.2).
std::string websocket_accept(std::string_view key);

}  // namespace gatehouse::sim
