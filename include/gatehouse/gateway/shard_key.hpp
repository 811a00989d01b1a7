#pragma once

#include <compare>

namespace gatehouse::gateway {

/// A shard of one generation. Two generations exist while resharding: the one that serves and the
/// one that is to take its place, each with a shard 0.
struct shard_key {
  int shard_id = 0;
  int generation = 0;
  auto operator<=>(const shard_key&) const = default;
};

}  // namespace gatehouse::gateway
