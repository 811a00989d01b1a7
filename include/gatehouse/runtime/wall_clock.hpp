#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <algorithm>
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
/// What a damaged file says may be anything: beyond a century it is taken for a century.
inline time_point time_of(std::int64_t unix_ms) {
  constexpr std::int64_t century_ms = 36'525LL * 24 * 3600 * 1'000;
  const std::int64_t now = unix_ms_now();
  return clock::now() - milliseconds{now - std::clamp(unix_ms, now - century_ms, now + century_ms)};
}

}  // namespace gatehouse::runtime
