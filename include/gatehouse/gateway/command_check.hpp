#pragma once

#include <gatehouse/gateway/opcode.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::gateway {

/// discord-api-docs: gateway, Sending Events. A longer frame closes the connection with 4002.
inline constexpr std::size_t longest_command = 4096;

struct command_verdict {
  std::optional<opcode> op;  ///< set: may be sent
  std::string error;         ///< else what is wrong, for whoever sent it
};

/// Checks a payload `{"op":…,"d":…}` that somebody wants sent to Discord. Only the commands open to
/// bots pass (3, 4, 8, 31, 43), and only in a form that does not cost the connection: an unknown
/// opcode closes it with 4001, a malformed id hangs the session until op 9.
[[nodiscard]] command_verdict validate_command(std::string_view json);

}  // namespace gatehouse::gateway
