#pragma once

#include "sqlite.hpp"

#include <gatehouse/storage/spool.hpp>

#include <cstdint>

namespace gatehouse::storage {

/// Makes blocks of the events of layout 1, which had a row each, a route in place of a URL and an
/// own table; the tables of the present layout are there. Within the caller's transaction and a
/// bounded memory. Returns how many events had a key that is none, and are lost.
/// Throws sqlite::error.
std::uint64_t upgrade_first_layout(sqlite::database& in, const spool_options& options);

}  // namespace gatehouse::storage
