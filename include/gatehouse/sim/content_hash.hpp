#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace gatehouse::sim {

/// 64-bit hash of a payload's exact bytes, eight at a time: cheap enough to compare every event of
/// a benchmark. Detects alteration; it is not a cryptographic hash and not stable across versions.
inline std::uint64_t content_hash(std::string_view bytes) noexcept {
  constexpr std::uint64_t factor = 0x9E3779B97F4A7C15ULL;
  std::uint64_t hash = factor ^ bytes.size();
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * factor;
    hash ^= hash >> 29U;
  };
  while (bytes.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    mix(word);
    bytes.remove_prefix(sizeof word);
  }
  std::uint64_t rest = 0;
  if (!bytes.empty()) std::memcpy(&rest, bytes.data(), bytes.size());
  mix(rest);
  return hash;
}

}  // namespace gatehouse::sim
