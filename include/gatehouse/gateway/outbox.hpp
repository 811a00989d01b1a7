#pragma once

#include <gatehouse/gateway/opcode.hpp>
#include <gatehouse/gateway/send_limiter.hpp>
#include <gatehouse/gateway/session.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace gatehouse::gateway {

/// Frames on their way to Discord, under the send limit: a heartbeat first, then Identify or
/// Resume, then commands in the order of their arrival. A presence held up by its own limit does
/// not hold up the commands behind it.
///
/// Pure; one per shard, used by its thread only. Commands outlive a connection: they wait for the
/// next one.
class outbox {
 public:
  static constexpr std::size_t default_capacity = 500;

  explicit outbox(std::size_t command_capacity = default_capacity);

  /// False if it was refused because `command_capacity` commands wait already. Heartbeats and
  /// session frames are never refused; of several heartbeats waiting only the newest is kept.
  [[nodiscard]] bool push(std::string text, send_priority priority,
                          opcode op = opcode::request_guild_members);

  /// The next frame that may go out now; it counts as sent.
  [[nodiscard]] std::optional<std::string> next(time_point now);
  /// When `next` will give something; nothing while nothing waits that could be sent.
  [[nodiscard]] std::optional<time_point> ready_at(time_point now);

  /// The send limit starts fresh; heartbeats and session frames of the old connection are dropped.
  void on_new_connection();
  /// Commands go out only while the session is connected. Closed at first.
  void set_open(bool open) noexcept { open_ = open; }
  void set_heartbeat_interval(runtime::milliseconds interval) noexcept {
    limiter_.set_heartbeat_interval(interval);
  }

  /// Frames waiting, of every kind.
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  struct command {
    std::uint64_t number;  ///< order of arrival over both queues
    std::string text;
  };
  using queue = std::deque<command>;

  static std::string take(queue& from);
  /// The queue whose head goes first among those that may be sent at `now`; null if none.
  queue* eligible(time_point now);

  send_limiter limiter_;
  std::optional<std::string> heartbeat_;
  std::deque<std::string> session_frames_;
  queue commands_;
  queue presences_;
  std::size_t capacity_;
  std::uint64_t last_number_ = 0;
  bool open_ = false;
};

}  // namespace gatehouse::gateway
