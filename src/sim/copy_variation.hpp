#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::sim {

/// The event `d` (a JSON object) as another session's encoder would write it: the keys of all
/// objects in another order, Discord's own files signed anew. The mark that `find_event_mark` looks
/// for stays last. The same `session` gives the same text.
std::string vary_copy(std::string_view d, std::uint64_t session);

}  // namespace gatehouse::sim
