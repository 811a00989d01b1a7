#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <optional>
#include <string>
#include <string_view>

/// The few texts whose content the daemon itself needs. All of them are rare, so each call
/// copies the text and uses a parser of its own. Malformed input gives an empty result.
namespace gatehouse::gateway {

struct ready_fields {
  std::string session_id;
  std::string resume_url;  ///< empty where Discord sent none: the main URL serves
};

/// `d` of READY; empty without a session id.
[[nodiscard]] std::optional<ready_fields> read_ready(std::string_view data);

/// `d` of Hello; empty outside `shortest_heartbeat` … `longest_heartbeat`.
[[nodiscard]] std::optional<runtime::milliseconds> read_heartbeat_interval(std::string_view data);

inline constexpr runtime::milliseconds shortest_heartbeat{10};  ///< simulators beat fast
inline constexpr runtime::milliseconds longest_heartbeat{10 * 60 * 1000};

/// Whether the JSON object `text` has this key.
[[nodiscard]] bool has_member(std::string_view text, std::string_view key);

struct member_request_body {
  std::string error;  ///< empty: none
  std::string nonce;  ///< empty: none given
};
/// The `d` of op 8 as a caller of the admin API gives it: one JSON object without `guild_id`.
[[nodiscard]] member_request_body read_member_request(std::string_view body);

}  // namespace gatehouse::gateway
