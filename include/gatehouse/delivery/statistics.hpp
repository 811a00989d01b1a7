#pragma once

#include <gatehouse/delivery/drop_log.hpp>
#include <gatehouse/delivery/handler_health.hpp>
#include <gatehouse/delivery/latency_histogram.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::delivery {

/// What a request to a handler came to, by the first digit of the status; 0: no answer at all.
using answers_by_class = std::array<std::uint64_t, 6>;

/// What was counted for a handler URL since the start.
struct target_counters {
  std::uint64_t delivered = 0;
  std::uint64_t retried = 0;  ///< events that went back to their queue
  std::uint64_t refused = 0;
  std::uint64_t stalls = 0;   ///< times that work waited and nothing would have woken it: a bug
  latency_histogram latency;  ///< of the delivered ones
  latency_histogram request_time;  ///< from a request that is sent to its answer, whatever it says
  answers_by_class answers{};
};

/// One handler URL at a moment.
struct target_status : target_counters {
  std::string url;  ///< without query
  health_state state = health_state::up;
  runtime::duration since{};  ///< up, or not up, for this long
  std::string last_error;
  std::optional<runtime::duration> next_probe;  ///< while down
  std::size_t queued = 0;                       ///< events not under way
  std::size_t in_flight = 0;                    ///< events under way
  std::uint64_t bytes = 0;                      ///< of both
  runtime::duration oldest_age{};               ///< of both, a waiting READY aside; zero with none
  std::size_t connections = 0;
};

struct dropped_count {
  std::string event_name;
  drop_reason reason{};
  std::uint64_t count = 0;
};

/// The delivery of one worker at a moment.
struct statistics {
  std::vector<target_status> targets;
  std::vector<dropped_count> dropped;
  std::uint64_t bytes = 0;
  std::uint64_t limit_bytes = 0;
  bool congested = false;
  std::uint64_t spooled = 0;           ///< events that only the disk has, or that line up for it
  std::uint64_t answered_finally = 0;  ///< interactions that need not be delivered any more
};

}  // namespace gatehouse::delivery
