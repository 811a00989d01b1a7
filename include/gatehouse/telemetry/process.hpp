#pragma once

#include <cstdint>

namespace gatehouse::telemetry {

/// What this process takes of the machine. What cannot be read is 0.
struct process_figures {
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_files = 0;
  std::uint64_t max_files = 0;  ///< the soft limit
  std::uint64_t threads = 0;
  double cpu_seconds = 0;         ///< user and system, since the start
  double start_unix_seconds = 0;  ///< when the process began
};

/// Reads `/proc/self`: no disk, some microseconds. Any thread.
[[nodiscard]] process_figures read_process();

/// Processor time of the calling thread, user and system; 0 if it cannot be read.
[[nodiscard]] double thread_cpu_seconds() noexcept;

}  // namespace gatehouse::telemetry
