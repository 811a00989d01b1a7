#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <cstddef>
#include <deque>
#include <optional>

namespace gatehouse::gateway {

/// Counts what happened during the last `span`.
class sliding_window {
 public:
  explicit sliding_window(runtime::duration span) : span_(span) {}

  void add(runtime::time_point now);
  [[nodiscard]] std::size_t count(runtime::time_point now);
  /// When the count will have fallen below `limit` (at least 1); `now` if it is already.
  [[nodiscard]] runtime::time_point below(std::size_t limit, runtime::time_point now);
  void clear() noexcept { moments_.clear(); }

 private:
  void forget_old(runtime::time_point now);

  runtime::duration span_;
  std::deque<runtime::time_point> moments_;
};

/// What one connection may still send (discord-api-docs: gateway, Rate Limiting: 120 frames per
/// 60 s of every kind, and for presences 5 per 20 s). The shape of Discord's window is not
/// documented, so a sliding one is kept, which satisfies every shape.
///
/// Heartbeats of the schedule always pass: without them the connection dies. Those that the server
/// asks for beyond it may take what commands leave: room for twice as many beats as the schedule
/// sends is kept free of commands, and for as many and one of requested beats. So the sum stays
/// within the limit, whatever is asked for.
class send_limiter {
 public:
  static constexpr std::size_t frames_per_window = 120;
  static constexpr runtime::seconds window{60};
  static constexpr std::size_t presences_per_window = 5;
  static constexpr runtime::seconds presence_window{20};

  enum class kind { heartbeat, requested_heartbeat, session, command, presence };

  send_limiter();

  /// A new connection starts fresh.
  void reset() noexcept;
  void set_heartbeat_interval(runtime::milliseconds interval) noexcept;

  /// When a frame of this kind may go out; `now` if at once.
  [[nodiscard]] runtime::time_point ready_at(kind what, runtime::time_point now);
  void sent(kind what, runtime::time_point now);

 private:
  sliding_window frames_;  ///< all but the heartbeats of the schedule
  sliding_window presences_;
  std::size_t scheduled_;  ///< heartbeats in a window
};

}  // namespace gatehouse::gateway
