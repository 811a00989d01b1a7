#pragma once

#include <atomic>
#include <cstdint>

namespace gatehouse::storage {

/// Written by the spool's thread (the limit by any), read by any.
struct spool_counters {
  std::atomic<std::uint64_t> limit_bytes{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> events{0};
  std::atomic<std::uint64_t> write_failures{0};
  std::atomic<std::uint64_t> lost_events{0};
  std::atomic<bool> is_working{true};
};

}  // namespace gatehouse::storage
