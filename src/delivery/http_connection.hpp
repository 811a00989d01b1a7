#pragma once

#include "handler_connection.hpp"

#include <gatehouse/delivery/answer_parser.hpp>
#include <gatehouse/net/channel.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/net/url.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::delivery {

/// To an HTTP handler. Sends at once, reads when the socket is readable.
class http_connection final : public handler_connection {
 public:
  /// What all connections of a target share; outlives them.
  struct context {
    boost::asio::io_context& io;
    const net::url& to;
    const net::tls_context* tls;  ///< for connections that are still to be made
    std::span<char> read_buffer;  ///< one for the whole worker
    std::string& write_buffer;    ///< likewise
    std::size_t depth;
    runtime::duration timeout;
  };

  http_connection(const context& shared, owner& target, std::size_t index)
      : handler_connection(target, index, shared.depth), shared_(shared) {}

  void connect() override;
  void send(std::span<request* const> to_send, runtime::time_point now) override;
  void check_deadline(runtime::time_point now) override;
  void forbid_reconnect() noexcept override { may_reconnect_ = false; }
  void close() override;

 private:
  boost::asio::awaitable<void> dial(std::uint32_t generation);
  void dialed(std::uint32_t generation, boost::system::result<net::channel> result);
  void reconnect();
  void resend();
  void gather(std::span<std::string_view> pieces);
  void write_gathered();
  void write(std::span<std::string_view> pieces, bool may_refer);
  void flush();
  void write_unsent();
  void wait_readable();
  void wait_writable();
  void on_readable(std::uint32_t generation);
  void on_writable(std::uint32_t generation);
  void read_turn(runtime::time_point now);
  /// True: there may be more, but others have their turn first.
  bool read_answers(runtime::time_point now);
  void read_later();
  bool consume(std::string_view bytes, runtime::time_point now);
  bool finish_answer(runtime::time_point now);
  void stream_ended(std::string_view detail, runtime::time_point now);
  void lose(transport_failure failure, std::string_view detail);
  [[nodiscard]] bool has_unsent() const noexcept {
    return unsent_begin_ < unsent_.size() || !unsent_body_.empty();
  }
  void note_choked() noexcept { is_choked_ = has_unsent() || is_broken_; }

  const context& shared_;
  bool may_reconnect_ = true;
  bool is_broken_ = false;  ///< writing failed; what can be read is still read
  bool is_waiting_writable_ = false;
  std::uint64_t served_ = 0;               ///< answers on this connection
  std::unique_ptr<net::channel> channel_;  ///< null unless open
  boost::asio::cancellation_signal cancel_dial_;
  answer_parser parser_;
  bool is_read_posted_ = false;
  // What the socket has not taken yet: text of ours, then the body of the last request, which lives
  // as long as that is under way.
  std::string unsent_;
  std::size_t unsent_begin_ = 0;
  std::string_view unsent_body_;
};

}  // namespace gatehouse::delivery
