#pragma once

#include <gatehouse/net/channel.hpp>
#include <gatehouse/net/ws_frame.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::net {

/// Memory for one read, shared by all connections of a thread: an idle connection owns no buffer.
class read_buffer {
 public:
  [[nodiscard]] std::span<char> writable() noexcept { return {bytes_.data(), size}; }
  /// The first `count` bytes; ws_message_padding readable ones follow.
  [[nodiscard]] std::span<char> filled(std::size_t count) noexcept {
    return {bytes_.data(), count};
  }

 private:
  static constexpr std::size_t size = 64UL << 10;
  std::array<char, size + ws_message_padding> bytes_{};
};

/// Receives what a connection reads. Called on the connection's thread.
class ws_reader {
 public:
  virtual ~ws_reader() = default;
  /// Around the messages of one read, which may be dozens, or none where a long one arrives piece
  /// by piece. The end is told even if one of them has thrown. After `close` neither is called.
  virtual void on_read_begin() {}
  virtual void on_read_end() {}
  /// A text or binary message; the view is valid during the call.
  virtual void on_message(ws_opcode opcode, std::string_view payload) = 0;
  /// Asked before each read. True: the socket may be left alone for a moment, so that TCP slows the
  /// sender down (see `ws_connection::max_read_pause`).
  [[nodiscard]] virtual bool wants_pause() const noexcept = 0;
};

/// How a connection ended.
struct ws_end {
  std::optional<std::uint16_t> code;    ///< of the peer's close frame
  boost::system::error_code error;      ///< transport trouble; none for an orderly end
  ws_error violation = ws_error::none;  ///< the peer broke RFC 6455
};

/// The client end of one WebSocket. Used on one thread; `run` must have ended before it is
/// destroyed.
class ws_connection {
 public:
  /// Longest time that `ws_reader::wants_pause` holds reading back. Then everything is read that
  /// the socket holds at that moment, however much that is, before it may be held back again:
  /// heartbeat ACKs, op 7, op 9 and interactions wait about so long, not once for each piece of
  /// what is before them. Only a peer that goes on sending faster than it is read waits longer.
  static constexpr runtime::milliseconds max_read_pause{500};
  /// How long the peer has to answer a close frame.
  static constexpr runtime::milliseconds close_grace{2'000};
  static constexpr std::size_t max_message_bytes = 64UL << 20;

  /// `received` is what came behind the upgrade answer.
  ws_connection(channel connected, std::string received);

  /// Reads until the connection ends. After `close` nothing is handed to `reader` any more.
  boost::asio::awaitable<ws_end> run(ws_reader& reader, read_buffer& buffer);

  /// Sends at once what the socket takes and keeps the rest. A peer that takes nothing for long is
  /// found out by its missing heartbeat ACKs; past `max_unsent_bytes` the connection is dropped.
  void send_text(std::string_view text);
  /// Sends a close frame, then waits up to `close_grace` in `run` for the peer's.
  void close(std::uint16_t code);
  /// The reader no longer wants a pause: one that is under way ends at once.
  void resume();
  /// Drops the connection at once.
  void abort();

  /// As WebSocket frames, so compressed where they are; TLS and the upgrade aside.
  [[nodiscard]] std::uint64_t bytes_received() const noexcept { return bytes_received_; }
  [[nodiscard]] std::uint64_t bytes_sent() const noexcept { return bytes_sent_; }

 private:
  static constexpr std::size_t max_unsent_bytes = 1UL << 20;
  enum class step { read_again, wait_readable, wait_writable, stop };

  boost::asio::awaitable<void> read_until_end(ws_reader& reader, read_buffer& buffer);
  boost::asio::awaitable<void> pause(const ws_reader& reader);
  boost::asio::awaitable<void> until_readable();
  step read_once(ws_reader& reader, read_buffer& buffer);
  bool deliver(ws_reader& reader, std::span<char> bytes);
  bool deliver_messages(ws_reader& reader, std::span<char> bytes);
  bool accept(ws_reader& reader, const ws_message& message);
  void send_frame(ws_opcode opcode, std::string_view payload);
  void flush();

  channel channel_;
  std::string received_;
  ws_decoder decoder_{ws_role::client, max_message_bytes};
  boost::asio::steady_timer pause_timer_;
  boost::asio::steady_timer close_timer_;
  ws_end end_;
  std::string unsent_;
  std::optional<boost::asio::any_completion_handler<void()>>* waiting_reader_;  ///< the watch's
  int open_callbacks_ = 0;  ///< `run` outlasts them
  bool waiting_writable_ = false;
  std::size_t before_pause_ = 0;  ///< bytes still to be read before there may be a pause again
  bool closing_ = false;
  std::uint64_t bytes_received_ = 0;
  std::uint64_t bytes_sent_ = 0;
};

/// Dials, upgrades and verifies the answer. Failures carry a reason fit for a log line.
struct ws_open_failure {
  std::string reason;
};
boost::asio::awaitable<boost::system::result<std::unique_ptr<ws_connection>, ws_open_failure>>
open_ws(const url& to, const tls_context* tls, runtime::time_point deadline);

}  // namespace gatehouse::net
