#pragma once

#include <gatehouse/delivery/answer_parser.hpp>
#include <gatehouse/delivery/lane_scheduler.hpp>
#include <gatehouse/delivery/verdict.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::delivery {

/// One place for a connection to a handler: closed, connecting, or open with up to `depth` requests
/// under way. Holds no timer. What kind of handler it is shows in the classes made from it.
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
    /// Likewise, of a handler whose answers are not HTTP's.
    virtual void concluded(handler_connection& connection, request& done, const conclusion& got,
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

  handler_connection(owner& target, std::size_t index, std::size_t depth)
      : owner_(target), index_(index), depth_(depth) {}
  virtual ~handler_connection() { in_flight_.clear(); }
  handler_connection(const handler_connection&) = delete;
  handler_connection& operator=(const handler_connection&) = delete;

  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  [[nodiscard]] bool is_open() const noexcept { return is_open_; }
  [[nodiscard]] bool can_connect() const noexcept { return !is_open_ && !is_dialing_; }
  [[nodiscard]] bool is_dialing() const noexcept { return is_dialing_; }
  [[nodiscard]] bool is_idle() const noexcept { return is_open_ && in_flight_.empty(); }
  [[nodiscard]] bool has_room() const noexcept {
    return is_open_ && in_flight_count_ < depth_ && !is_choked_;
  }
  [[nodiscard]] place where() const noexcept {
    if (can_connect()) return place::cold;
    if (!has_room()) return place::nowhere;
    return is_idle() ? place::idle : place::busy;
  }
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_count_; }
  /// How many requests may be sent; none without `has_room`.
  [[nodiscard]] std::size_t room() const noexcept {
    return has_room() ? depth_ - in_flight_count_ : 0;
  }
  /// Since when it is idle, or waits for the answer it waits for.
  [[nodiscard]] runtime::time_point waiting_since() const noexcept { return waiting_since_; }

  /// Of the last answer: how long its request took once it was sent, or once the answer before it
  /// was there.
  [[nodiscard]] runtime::duration last_took() const noexcept { return last_took_; }

  /// With `can_connect`.
  virtual void connect() = 0;
  /// With `room` for them: in one piece, unless they are large.
  virtual void send(std::span<request* const> to_send, runtime::time_point now) = 0;
  /// Reports `lost` if the answer it waits for is overdue. To be called now and then.
  virtual void check_deadline(runtime::time_point now) = 0;
  /// From now on a stale connection is a lost one.
  virtual void forbid_reconnect() noexcept = 0;
  /// Without reporting `lost`; requests under way are to be taken back.
  virtual void close() = 0;
  /// Of a closed connection: its last request not yet taken back, or null.
  request* take_newest() noexcept {
    if (in_flight_.empty()) return nullptr;
    request& newest = in_flight_.back();
    in_flight_.pop_back();
    --in_flight_count_;
    return &newest;
  }

 protected:
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
  void report(runtime::time_point now) {
    owner_.moved(*this, where());
    owner_.progressed(*this, now);
  }
  void enqueue(request& sent) {
    in_flight_.push_back(sent);
    ++in_flight_count_;
  }

  owner& owner_;
  std::size_t index_;
  std::size_t depth_;
  std::uint32_t generation_ = 0;
  bool is_open_ = false;
  bool is_dialing_ = false;
  bool is_choked_ = false;  ///< takes nothing more just now
  request_queue in_flight_;
  std::size_t in_flight_count_ = 0;
  runtime::time_point waiting_since_{};
  runtime::duration last_took_{};
};

}  // namespace gatehouse::delivery
