#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <chrono>
#include <cstdint>
#include <map>

namespace gatehouse::rest {

/// What has come of requests to Discord's REST API, by status. Statuses that nobody knows are
/// counted as 0, like requests without an answer: the map stays small whatever a neighbour says.
struct request_counts {
  std::map<unsigned, std::uint64_t> by_status;
  double seconds = 0;  ///< that they took together

  void add(unsigned status, runtime::duration took) {
    ++by_status[status < 100 || status > 599 ? 0 : status];
    seconds += std::chrono::duration<double>(took).count();
  }
  void add(const request_counts& other) {
    for (const auto& [status, count] : other.by_status) by_status[status] += count;
    seconds += other.seconds;
  }
};

}  // namespace gatehouse::rest
