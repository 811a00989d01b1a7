#pragma once

#include <gatehouse/delivery/answer_parser.hpp>
#include <gatehouse/delivery/lane_scheduler.hpp>
#include <gatehouse/delivery/verdict.hpp>
#include <gatehouse/net/channel.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/net/url.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::delivery {

/// One place for a connection to a handler: closed, connecting, or open with up to `depth` requests
/// under way. Sends at once, reads when the socket is readable; holds no timer.
///
/// It lives as long as its target, however often it connects; a generation number tells the
/// completions of an earlier connection from those of the present one.
class handler_connection : public boost::intrusive::list_base_hook<
                               boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// Where the target finds it when it looks for a connection. Follows from its state alone.
  enum class place : std::uint8_t {
    nowhere,  ///< connecting, or full
    cold,     ///< may connect
    idle,     ///< open, nothing under way
    busy,     ///< something under way and room for more
  };

  /// The target. `answered` and `lost` must not send; `progressed` may.
  class owner {
   public:
    virtual ~owner() = default;
    /// The pieces of a request, counted as one more attempt.
    virtual std::span<std::string_view> encode(request& to_send) = 0;
    /// `now_at` may differ from where it was. Called whenever this class is left, by whatever way.
    virtual void moved(handler_connection& connection, place now_at) = 0;
    /// The request is out of the connection and the owner's again.
    virtual void answered(handler_connection& connection, request& done, const answer& got,
                          runtime::time_point now) = 0;
    /// Closed; the requests it had (maybe none) are to be taken back.
    virtual void lost(handler_connection& connection, transport_failure failure,
                      std::string_view detail) = 0;
    /// Something has happened; what can be sent now may be sent.
    virtual void progressed(handler_connection& connection, runtime::time_point now) = 0;
    virtual void operation_began() = 0;
    /// Called last by each completion.
    virtual void operation_ended() = 0;
  };

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

  handler_connection(const context& shared, owner& target, std::size_t index);
  ~handler_connection();
  handler_connection(const handler_connection&) = delete;
  handler_connection& operator=(const handler_connection&) = delete;

  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  [[nodiscard]] bool is_open() const noexcept { return channel_ != nullptr; }
  [[nodiscard]] bool can_connect() const noexcept { return !channel_ && !is_dialing_; }
  [[nodiscard]] bool is_dialing() const noexcept { return is_dialing_; }
  [[nodiscard]] bool is_idle() const noexcept { return is_open() && in_flight_.empty(); }
  [[nodiscard]] bool has_room() const noexcept {
    return is_open() && in_flight_count_ < shared_.depth && !has_unsent() && !is_broken_;
  }
  [[nodiscard]] place where() const noexcept {
    if (can_connect()) return place::cold;
    if (!has_room()) return place::nowhere;
    return is_idle() ? place::idle : place::busy;
  }
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_count_; }
  /// How many requests may be sent; none without `has_room`.
  [[nodiscard]] std::size_t room() const noexcept {
    return has_room() ? shared_.depth - in_flight_count_ : 0;
  }
  /// Since when it is idle, or waits for the answer it waits for.
  [[nodiscard]] runtime::time_point waiting_since() const noexcept { return waiting_since_; }

  /// Of the last answer: how long its request took once it was sent, or once the answer before it
  /// was there.
  [[nodiscard]] runtime::duration last_took() const noexcept { return last_took_; }

  /// With `can_connect`.
  void connect();
  /// With `room` for them: in one piece, unless they are large.
  void send(std::span<request* const> to_send, runtime::time_point now);
  /// Reports `lost` if the answer it waits for is overdue. To be called now and then.
  void check_deadline(runtime::time_point now);
  /// From now on a stale connection is a lost one.
  void forbid_reconnect() noexcept { may_reconnect_ = false; }
  /// Without reporting `lost`; requests under way are to be taken back.
  void close();
  /// Of a closed connection: its last request not yet taken back, or null.
  request* take_newest() noexcept;

 private:
  boost::asio::awaitable<void> dial(std::uint32_t generation);
  void dialed(std::uint32_t generation, boost::system::result<net::channel> result);
  void reconnect();
  void resend();
  void gather(std::span<std::string_view> pieces);
  void write_gathered();
  void write(std::span<std::string_view> pieces, bool may_refer);
  void flush();
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

  /// Tells the owner where this is when it goes out of scope: every way into this class makes one.
  class visit {
   public:
    explicit visit(handler_connection& of) noexcept : of_(of) {}
    ~visit() { of_.owner_.moved(of_, of_.where()); }
    visit(const visit&) = delete;
    visit& operator=(const visit&) = delete;

   private:
    handler_connection& of_;
  };
  /// Likewise at once, and has it go on.
  void report(runtime::time_point now);

  const context& shared_;
  owner& owner_;
  std::size_t index_;
  std::uint32_t generation_ = 0;
  bool is_dialing_ = false;
  bool may_reconnect_ = true;
  bool is_broken_ = false;  ///< writing failed; what can be read is still read
  bool is_waiting_writable_ = false;
  std::uint64_t served_ = 0;               ///< answers on this connection
  std::unique_ptr<net::channel> channel_;  ///< null unless open
  boost::asio::cancellation_signal cancel_dial_;
  answer_parser parser_;
  request_queue in_flight_;
  std::size_t in_flight_count_ = 0;
  runtime::time_point waiting_since_{};
  runtime::duration last_took_{};
  bool is_read_posted_ = false;
  // What the socket has not taken yet: text of ours, then the body of the last request, which lives
  // as long as that is under way.
  std::string unsent_;
  std::size_t unsent_begin_ = 0;
  std::string_view unsent_body_;
};

}  // namespace gatehouse::delivery
