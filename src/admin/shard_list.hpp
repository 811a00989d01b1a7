#pragma once

#include <gatehouse/cluster/metrics_board.hpp>
#include <gatehouse/cluster/status_board.hpp>
#include <gatehouse/shard/shard_status.hpp>

#include <vector>

namespace gatehouse::admin {

struct listed_shard {
  int worker_id = 0;
  shard::shard_status status;
};

/// The shards of every worker as they were last published, with the newest state of those that
/// serve. Those come first, by id; then, while resharding, the others.
std::vector<listed_shard> list_shards(const cluster::metrics_board& metrics,
                                      const cluster::status_board& board);

/// How many shards the bot has in all processes; 0 while it is not known.
int total_of_serving(const std::vector<listed_shard>& shards) noexcept;

}  // namespace gatehouse::admin
