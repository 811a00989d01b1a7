#pragma once

#include <compare>
#include <cstdint>
#include <string>

/// One bot's shards held by several processes: who holds which shard, and who may identify. All of
/// it is pure; times are those of one machine and are never compared between two.
namespace gatehouse::fleet {

/// A process in cluster mode has its member's name and the number of its life: each start, and each
/// return of one that was declared dead, is a new incarnation.
struct identity {
  std::string member;
  std::uint64_t incarnation = 0;
  auto operator<=>(const identity&) const = default;
};

}  // namespace gatehouse::fleet
