#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::gateway {

/// Reads a snowflake: a uint64 in decimal digits and nothing else. No sign, no space, not 0 (which
/// Discord never gives out, so that 0 can mean "none").
[[nodiscard]] inline std::optional<std::uint64_t> parse_snowflake(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped_at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped_at != end || value == 0) return std::nullopt;
  return value;
}

/// The shard that receives a guild's events; shard 0 where there is no guild (discord-api-docs:
/// gateway, Sharding). `total_shards` is at least 1.
[[nodiscard]] constexpr int shard_of_guild(std::uint64_t guild_id, int total_shards) noexcept {
  return static_cast<int>((guild_id >> 22U) % static_cast<std::uint64_t>(total_shards));
}

}  // namespace gatehouse::gateway
