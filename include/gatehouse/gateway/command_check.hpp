#pragma once

#include <gatehouse/gateway/opcode.hpp>

#include <cstddef>
#include <cstdint>
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

/// A text made from what a caller gave, or what is wrong with that.
struct checked_text {
  std::string text{};
  std::string error{};  ///< empty: none
};

/// The `d` of op 3, with the fields that Discord requires filled in.
[[nodiscard]] checked_text check_presence(std::string_view presence);

struct checked_member_request {
  checked_text frame{};
  std::string nonce{};  ///< empty: none
};
/// The frame of op 8. `body` is its `d` without `guild_id`; `nonce` serves where that has none.
[[nodiscard]] checked_member_request check_member_request(std::uint64_t guild_id,
                                                          std::string_view body,
                                                          std::string_view nonce = {});

}  // namespace gatehouse::gateway
