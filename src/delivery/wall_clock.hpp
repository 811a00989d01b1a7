#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <chrono>
#include <cstdint>

namespace gatehouse::delivery {

/// Moments as they are kept on disk: the clock of deadlines does not survive its machine.
inline std::int64_t unix_ms_of(runtime::time_point moment) {
  using std::chrono::system_clock;
  const auto wall = system_clock::now() + (moment - runtime::clock::now());
  return std::chrono::duration_cast<runtime::milliseconds>(wall.time_since_epoch()).count();
}

inline runtime::time_point time_of(std::int64_t unix_ms) {
  const auto age =
      std::chrono::system_clock::now().time_since_epoch() - std::chrono::milliseconds{unix_ms};
  return runtime::clock::now() - std::chrono::duration_cast<runtime::duration>(age);
}

}  // namespace gatehouse::delivery
