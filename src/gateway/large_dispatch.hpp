#pragma once

#include <gatehouse/gateway/envelope.hpp>

namespace gatehouse::gateway {

/// Reads the envelope of a dispatch as Discord writes it: `t`, `s` and `op` in front of `d`, which
/// is an object and comes last. False: it is something else, or malformed, or this processor cannot
/// do it; `out` is unspecified then. True only for what simdjson takes as well, with the same
/// result.
[[nodiscard]] bool read_large_dispatch(std::string_view text, envelope& out);

/// Where an event carries its guild's id. discord-api-docs, gateway events: three carry the guild
/// itself.
[[nodiscard]] inline bool is_guild_itself(std::string_view type) noexcept {
  return type == "GUILD_CREATE" || type == "GUILD_UPDATE" || type == "GUILD_DELETE";
}

}  // namespace gatehouse::gateway
