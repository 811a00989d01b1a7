#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The payloads by which Discord answers requests. They are read only while something is pending.
///
/// Every text must be followed by `parse_padding` readable bytes; views point into it. Malformed
/// input gives an empty result.
namespace gatehouse::gateway {

struct members_chunk {
  std::string nonce;
  std::uint64_t guild_id = 0;
  std::uint64_t index = 0;
  std::uint64_t count = 0;
  /// Raw JSON between the array's brackets; empty where absent.
  std::string_view members, presences, not_found;
};
[[nodiscard]] std::optional<members_chunk> read_members_chunk(std::string_view data);

struct rate_limited {
  std::string nonce;
  double retry_after = 0;  ///< s, at least 0
};
/// RATE_LIMITED of op 8.
[[nodiscard]] std::optional<rate_limited> read_rate_limited(std::string_view data);

struct voice_state {
  std::uint64_t user_id = 0;
  std::uint64_t channel_id = 0;  ///< 0: none
  std::string_view session_id;   ///< a JSON string without its quotes
};
[[nodiscard]] std::optional<voice_state> read_voice_state(std::string_view data);

struct voice_server {
  std::string_view token;     ///< JSON strings without their quotes
  std::string_view endpoint;  ///< empty: none yet
};
[[nodiscard]] std::optional<voice_server> read_voice_server(std::string_view data);

/// `d.user.id` of READY; 0 where it is missing.
[[nodiscard]] std::uint64_t read_ready_user_id(std::string_view data);

}  // namespace gatehouse::gateway
