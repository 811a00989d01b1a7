#pragma once

#include <gatehouse/sim/event_handler.hpp>
#include <gatehouse/sim/statistics.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace gatehouse::sim {

/// Turns successive statistics into one status line with rates.
class live_view {
 public:
  std::string line(const statistics& numbers, const std::optional<handler_statistics>& handler,
                   std::chrono::duration<double> since_last);

 private:
  std::uint64_t last_events_ = 0;
  std::uint64_t last_bytes_ = 0;
  std::uint64_t last_handled_ = 0;
};

}  // namespace gatehouse::sim
