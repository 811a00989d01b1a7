#pragma once

#include <gatehouse/gateway/opcode.hpp>
#include <gatehouse/gateway/send_limiter.hpp>
#include <gatehouse/gateway/session.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace gatehouse::gateway {

/// A frame that may go out now.
struct outgoing_frame {
  std::string text;
  std::uint64_t number = 0;  ///< of a command, as `push_command` gave it; else 0
};

/// Frames on their way to Discord, under the send limit: a heartbeat first, then Identify or
/// Resume, then commands in the order of their arrival. A presence held up by its own limit does
/// not hold up the commands behind it.
///
/// Pure; one per shard, used by its thread only. Commands outlive a connection: they wait for the
/// next one. What has been sent is never sent again, whatever Discord thinks of it.
class outbox {
 public:
  static constexpr std::size_t default_capacity = 500;

  explicit outbox(std::size_t command_capacity = default_capacity);

  /// Heartbeats and session frames are never refused; of several heartbeats waiting only the newest
  /// is kept.
  void push_heartbeat(std::string text) {
    heartbeat_ = {std::move(text), send_limiter::kind::heartbeat};
  }
  /// One that the server has asked for, beside the schedule.
  void push_requested_heartbeat(std::string text);
  void push_session_frame(std::string text) { session_frames_.push_back(std::move(text)); }
  /// Its number, counted from 1; nothing if `command_capacity` commands wait already.
  [[nodiscard]] std::optional<std::uint64_t> push_command(std::string text, opcode op);
  /// For what has been accepted before and has to go out once more: not subject to the bound.
  std::uint64_t push_again(std::string text, opcode op);

  /// The next frame that may go out now; it counts as sent.
  [[nodiscard]] std::optional<outgoing_frame> next(time_point now);
  /// When `next` will give something; nothing while nothing waits that could be sent.
  [[nodiscard]] std::optional<time_point> ready_at(time_point now);

  /// When this command will go out if nothing but what waits now is sent, heartbeats within their
  /// reserve aside; nothing if it does not wait, or waits for a connection.
  [[nodiscard]] std::optional<time_point> expected_at(std::uint64_t number, time_point now) const;
  /// When a full queue will have a place again; nothing if that takes a connection first.
  [[nodiscard]] std::optional<time_point> place_at(time_point now);

  /// The send limit starts fresh; heartbeats and session frames of the old connection are dropped.
  void on_new_connection();
  /// Commands go out only while the session is connected. Closed at first.
  void set_open(bool open) noexcept { open_ = open; }
  void set_heartbeat_interval(runtime::milliseconds interval) noexcept {
    limiter_.set_heartbeat_interval(interval);
  }
  /// There will be no connection any more: returns how many commands were waiting.
  std::size_t drop_commands();

  /// Frames waiting, of every kind.
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] std::size_t commands() const noexcept {
    return commands_.size() + presences_.size();
  }

 private:
  struct command {
    std::uint64_t number;  ///< order of arrival over both queues
    std::string text;
  };
  using queue = std::deque<command>;

  [[nodiscard]] static bool holds(const queue& in, std::uint64_t number);
  /// The queue whose head goes first among those that may be sent at `now`; null if none.
  queue* eligible(time_point now);

  send_limiter limiter_;
  struct beat {
    std::string text;
    send_limiter::kind kind;
  };
  std::optional<beat> heartbeat_;
  std::deque<std::string> session_frames_;
  queue commands_;
  queue presences_;
  std::size_t capacity_;
  std::uint64_t last_number_ = 0;
  bool open_ = false;
};

}  // namespace gatehouse::gateway
