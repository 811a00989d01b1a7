#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <chrono>
#include <cstdint>

/// The time of day, for what is written down or signed. Deadlines go by `runtime::clock`, which
/// does not survive its machine.
namespace gatehouse::runtime {

inline std::int64_t unix_ms_now() {
  return std::chrono::duration_cast<milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

inline std::int64_t unix_seconds_now() {
  return unix_ms_now() / 1'000;
}

/// A moment as it is kept on disk; and back.
inline std::int64_t unix_ms_of(time_point moment) {
  return unix_ms_now() + std::chrono::duration_cast<milliseconds>(moment - clock::now()).count();
}
inline time_point time_of(std::int64_t unix_ms) {
  return clock::now() - milliseconds{unix_ms_now() - unix_ms};
}

}  // namespace gatehouse::runtime
