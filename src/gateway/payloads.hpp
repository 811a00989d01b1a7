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

[[nodiscard]] bool is_object(std::string_view text);
/// The string that the JSON object `text` has under this key; empty where it has none.
[[nodiscard]] std::string string_member(std::string_view text, std::string_view key);

}  // namespace gatehouse::gateway
