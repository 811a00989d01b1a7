#pragma once

#include <cstdint>
#include <string_view>

namespace gatehouse::gateway {

/// Our own close that keeps the session: Discord holds it for a few minutes (discord-api-docs:
/// gateway, Initiating a Disconnect).
inline constexpr std::uint16_t close_keeping_session = 4000;
/// Our own close that ends the session at once.
inline constexpr std::uint16_t close_ending_session = 1000;

/// What to do about a close code received.
enum class close_action {
  resume,
  resume_after_pause,    ///< we sent too fast
  identify,              ///< the session is gone for certain
  resume_then_identify,  ///< undocumented: one resume, and if that ends like this too, identify
  refuse,                ///< the same would happen again: stop
};

struct close_meaning {
  close_action action;
  std::string_view name;  ///< in lower case, for log lines
};

/// Trying a resume costs no identify budget and a wrong guess ends in op 9 false, so an unknown
/// code is resumed (discord-api-docs: opcodes and status codes, Gateway Close Event Codes).
[[nodiscard]] close_meaning meaning_of_close(std::uint16_t code) noexcept;

}  // namespace gatehouse::gateway
