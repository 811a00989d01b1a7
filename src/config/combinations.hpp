#pragma once

#include "reading.hpp"

#include <string_view>

namespace gatehouse::config {

/// Reports required keys that are missing and keys that cannot stand together. Keys that already
/// have a problem of their own are left alone.
void check_combinations(reading& in);

/// A key and whether it is set to something: it may be there and empty.
struct setting {
  std::string_view key;
  bool is_set;
};
/// Reports one of two keys that is set without the other.
void check_pair(reading& in, const setting& one, const setting& other);

/// Servers that are set, but wrong, count: they have been reported.
[[nodiscard]] bool has_nats_servers(const reading& in);

/// Of `[nats]` (combinations_nats.cpp).
void check_nats(reading& in);

/// Of `[cluster]` (combinations_cluster.cpp).
void check_cluster(reading& in);

}  // namespace gatehouse::config
