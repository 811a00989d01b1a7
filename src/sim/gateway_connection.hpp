#pragma once

#include "byte_stream.hpp"
#include "compressor.hpp"
#include "gateway_session.hpp"

#include <gatehouse/net/ws_frame.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::sim {

/// What the client asked for in the URL's query.
struct gateway_query {
  std::string version;
  compression compress = compression::none;
};

/// Carries one gateway_session over a WebSocket: reads frames, gathers what is sent into large
/// writes. Lives as long as `run`.
class gateway_connection final : public connection_port {
 public:
  gateway_connection(asio::io_context& loop, simulation& shared, byte_stream& stream,
                     const gateway_query& query, bool on_second_port);
  ~gateway_connection() override;

  /// Serves until the connection is gone. `early` are bytes that came with the upgrade request.
  asio::awaitable<void> run(std::string_view early);
  gateway_session& protocol() noexcept { return protocol_; }

  void send(std::string_view payload) override;
  void send_garbage() override;
  void close(std::uint16_t code, std::string_view reason) override;
  void reset() override;
  void after(runtime::duration delay, std::function<void()> action) override;
  void hold(bool held) override;
  [[nodiscard]] bool held() const override { return held_; }
  [[nodiscard]] std::size_t pending_bytes() const override { return pending_bytes_; }

 private:
  asio::awaitable<void> read_loop(std::string_view early);
  asio::awaitable<void> write_loop();
  asio::awaitable<void> write_chunk();
  asio::awaitable<void> watch_loop();
  bool accept_frames(std::span<char> bytes);
  bool accept_message(const net::ws_message& message);

  void queue_frame(net::ws_opcode opcode, std::string_view payload);
  std::string& tail_chunk(std::size_t bytes);
  void wake_writer();

  simulation& shared_;
  asio::io_context& loop_;
  byte_stream& stream_;
  std::string version_;
  std::unique_ptr<compressor> compressor_;
  gateway_session protocol_;
  net::ws_decoder decoder_;

  std::deque<std::string> chunks_;  ///< what is to be written, in large pieces
  std::size_t pending_bytes_ = 0;   ///< in chunks_
  std::string scratch_;
  bool held_ = false;
  bool closing_ = false;  ///< our close frame is queued: nothing may follow it
  bool broken_ = false;   ///< reset: nothing reaches the client any more
  std::optional<std::uint16_t> client_code_;

  asio::steady_timer writable_;  ///< cancelled to wake the writer
  asio::steady_timer close_deadline_;
  std::list<asio::steady_timer> delayed_;
  std::shared_ptr<bool> alive_;  ///< false once destroyed: delayed actions look at it
};

}  // namespace gatehouse::sim
