#pragma once

#include <cstddef>

namespace gatehouse::runtime {

/// Has memory that will be needed soon brought into the cache, without waiting for it. Memory that
/// is not there does no harm.
inline void prefetch(const void* memory, std::size_t bytes) noexcept {
  constexpr std::size_t cache_line = 64;
  const auto* const begin = static_cast<const char*>(memory);
  asm volatile("" : : "r"(begin));  // g++ 12 leaves out calls to what does nothing but prefetch
  for (std::size_t at = 0; at < bytes; at += cache_line) __builtin_prefetch(begin + at);
}

}  // namespace gatehouse::runtime
