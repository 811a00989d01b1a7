#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <optional>

namespace gatehouse::gateway {

/// When to beat, and whether the connection still lives. One per connection, pure.
///
/// discord-api-docs: gateway, Sending Heartbeats. The first beat comes at a random moment of the
/// first interval, the others one interval apart. Any byte received counts as a sign of life, not
/// only the ACK, nor only a whole message: a connection that delivers is not dead because its ACK
/// queues behind an event that takes minutes to arrive.
///
/// But only for so long. A client may give a connection up one interval after a beat without its
/// ACK; one that trickles and never acknowledges is given up after `most_unacknowledged` of them
/// (5.5 minutes at Discord's 41.25 s: 660 kB at 2 KiB/s, and longer than Discord keeps a session
/// whose beats do not reach it, so that waiting on would save nothing).
class heartbeat {
 public:
  enum class verdict {
    not_due,
    beat,            ///< send one now; the schedule has moved on
    zombie,          ///< nothing was received for an interval since a beat: close and resume
    unacknowledged,  ///< bytes, but no ACK for `most_unacknowledged` intervals: close and resume
  };
  static constexpr int most_unacknowledged = 8;

  /// Hello: begins the schedule. `jitter` in [0, 1).
  void start(runtime::milliseconds interval, double jitter, runtime::time_point now) noexcept;
  /// The connection is gone.
  void stop() noexcept { due_.reset(); }

  /// Bytes have come.
  void on_traffic() noexcept { heard_since_beat_ = true; }
  void on_ack(runtime::time_point now) noexcept;
  /// A beat that the server asked for was sent, outside the schedule.
  void on_requested_beat(runtime::time_point now) noexcept;
  [[nodiscard]] verdict check(runtime::time_point now) noexcept;
  /// After a beat: the next one comes so soon, if that is before its time.
  void shorten(runtime::milliseconds next, runtime::time_point now) noexcept;

  /// When `check` is next worth calling; nothing while stopped.
  [[nodiscard]] std::optional<runtime::time_point> due() const noexcept { return due_; }
  [[nodiscard]] runtime::milliseconds interval() const noexcept { return interval_; }
  /// The time to the next beat as chosen last: the interval, or less.
  [[nodiscard]] runtime::milliseconds pace() const noexcept { return pace_; }
  /// The last beat's round trip on this or an earlier connection.
  [[nodiscard]] std::optional<runtime::milliseconds> rtt() const noexcept { return rtt_; }
  /// When the last one was acknowledged, on this or an earlier connection.
  [[nodiscard]] std::optional<runtime::time_point> last_ack() const noexcept { return last_ack_; }

 private:
  runtime::milliseconds interval_{0};
  runtime::milliseconds pace_{0};
  std::optional<runtime::time_point> due_;
  std::optional<runtime::time_point> unanswered_since_;
  std::optional<runtime::milliseconds> rtt_;
  std::optional<runtime::time_point> last_ack_;
  bool heard_since_beat_ = true;
  runtime::time_point silent_since_{};  ///< the beat since which nothing was heard
  std::optional<runtime::time_point> unacknowledged_since_;  ///< the first beat after the last ACK
};

}  // namespace gatehouse::gateway
