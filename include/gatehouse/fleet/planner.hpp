#pragma once

#include <cstddef>
#include <string>
#include <vector>

/// Which member holds which shard. Pure and without memory: the same question has the same answer.
namespace gatehouse::fleet {

struct plan_member {
  std::string id;
  double weight = 1.0;  ///< its share of the shards, against those of the others; above 0
  int max_shards = 0;   ///< 0: no limit
  bool is_draining = false;
  bool takes_shards = true;  ///< false: keeps what it has
};

struct plan_question {
  std::vector<std::string> owners;  ///< now, by shard id; empty text: none
  std::vector<plan_member>
      members;          ///< those that are alive; owners that are not among them are gone
  int move_batch = 50;  ///< moves between living members at a time
  /// A member that far above or below its share is a reason to move; from 100 on nothing is.
  int threshold_percent = 10;
};

struct plan_answer {
  std::vector<std::string> owners;
  std::size_t placed = 0;    ///< had no owner, or one that is gone
  std::size_t moved = 0;     ///< between living members
  std::size_t homeless = 0;  ///< nobody has room for them
};

/// Every shard stays where it is unless its owner is gone, gives its shards away, has more than its
/// `max_shards`, or the shares are too unequal. Then the fewest shards move, from the fullest
/// member to the emptiest, measured by weight; ties go by name, and the highest shard id moves
/// first. Those whose owner is gone are placed all at once; moves wait for their batch.
[[nodiscard]] plan_answer plan_shards(const plan_question& asked);

}  // namespace gatehouse::fleet
