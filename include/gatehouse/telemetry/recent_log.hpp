#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/telemetry/log_line.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace gatehouse::telemetry {

/// A line that was logged not long ago.
struct recent_line {
  std::uint64_t number = 0;  ///< from 1; old ones are missing that are no warnings
  std::int64_t unix_ms = 0;
  config::log_level level = config::log_level::info;
  std::string text{};     ///< `[component] message`, not escaped
  std::string members{};  ///< of a JSON object: `"shard":3,"worker":0`; cut off as a whole if long
};

/// The last lines of level info and above, of warnings and errors more. Usable from any thread.
class recent_log {
 public:
  static constexpr std::size_t kept_lines = 500;
  /// Longer ones are cut off: all lines together stay below 600 times this.
  static constexpr std::size_t longest_text = 2'048;

  /// Lines below info are passed over.
  void add(const log_line& line);

  struct excerpt {
    std::vector<recent_line> lines;
    std::uint64_t next = 1;  ///< the number of the line that comes next
  };
  /// Those kept whose number is at least `first`.
  [[nodiscard]] excerpt read(std::uint64_t first) const;

 private:
  mutable std::mutex mutex_;
  std::deque<recent_line> lines_;
  std::uint64_t next_ = 1;
};

}  // namespace gatehouse::telemetry
