#pragma once

#include <gatehouse/events/pipeline.hpp>

#include <cstdint>

namespace gatehouse::events {

/// What the copies of one event that two sessions receive have in common, and no other event has.
/// Their sequence numbers have nothing to do with each other (discord-api-docs: gateway, Sharding).
///
/// Where Discord names the occurrence itself (a message, an interaction, a guild that comes or
/// goes), its id counts: such an event may carry things that differ from copy to copy. Else it is
/// what `d` says, however the session's encoder writes it, less what Discord signs anew for each.
using content_key = std::uint64_t;

/// Walks the payload once more; for the time of a reshard.
[[nodiscard]] content_key content_key_of(const dispatch& received);

}  // namespace gatehouse::events
