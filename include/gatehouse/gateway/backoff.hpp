#pragma once

#include <gatehouse/runtime/clock.hpp>

namespace gatehouse::gateway {

/// How long to wait before the next attempt to connect: the first is immediate, then a random part
/// ("full jitter") of a ceiling that doubles from 1 s on. Where a session is held it stays low:
/// resumes cost no identify, and the session does not live for ever without a connection.
class backoff {
 public:
  static constexpr runtime::seconds base{1};
  static constexpr runtime::seconds identify_cap{120};
  static constexpr runtime::seconds resume_cap{10};

  /// Counts an attempt. `random` in [0, 1).
  [[nodiscard]] runtime::duration next(double random, runtime::seconds cap) noexcept;

  /// READY or RESUMED: all is well.
  void reset(runtime::time_point now) noexcept;
  /// The connection that was well is lost. Some of the reset is taken back if it died young, and so
  /// did the one before: such a series would otherwise be a tight loop of reconnects.
  void on_lost(runtime::time_point now) noexcept;

  [[nodiscard]] int attempts() const noexcept { return attempts_; }

 private:
  static constexpr runtime::seconds young{5};
  static constexpr int most_held_against = 3;  ///< at most 4 s then

  int attempts_ = 0;
  int died_young_ = 0;
  runtime::time_point well_since_{};
};

}  // namespace gatehouse::gateway
