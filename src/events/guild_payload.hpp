#pragma once

#include "payload_reader.hpp"

#include <gatehouse/events/pipeline.hpp>

#include <cstdint>
#include <vector>

namespace gatehouse::events {

/// `d.guilds[].id` of a READY, as far as they can be read.
[[nodiscard]] std::vector<std::uint64_t> read_ready_guilds(gateway::padded_parser& payload);

/// `d.unavailable` of a GUILD_CREATE or GUILD_DELETE. Its value is what counts: false says the same
/// as a key that is absent (discord-api-docs: Guild Delete).
[[nodiscard]] bool read_unavailable(const dispatch& received);

}  // namespace gatehouse::events
