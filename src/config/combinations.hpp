#pragma once

#include "reading.hpp"

namespace gatehouse::config {

/// Reports required keys that are missing and keys that cannot stand together. Keys that already
/// have a problem of their own are left alone.
void check_combinations(reading& in);

/// Of `[nats]` (combinations_nats.cpp).
void check_nats(reading& in);

/// Of `[cluster]` (combinations_cluster.cpp).
void check_cluster(reading& in);

}  // namespace gatehouse::config
