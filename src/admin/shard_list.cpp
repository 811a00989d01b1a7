#include "shard_list.hpp"

#include <algorithm>
#include <tuple>

namespace gatehouse::admin {

std::vector<listed_shard> list_shards(const cluster::metrics_board& metrics,
                                      const cluster::status_board& board) {
  const auto states = board.states();
  std::vector<listed_shard> all;
  for (const auto& worker : metrics.read()) {
    for (const auto& shard : worker->shards) {
      listed_shard one{worker->worker_id, shard};
      const auto newest = shard.serves ? states.find(shard.shard_id) : states.end();
      if (newest != states.end()) one.status.state = newest->second;
      all.push_back(std::move(one));
    }
  }
  std::sort(all.begin(), all.end(), [](const listed_shard& a, const listed_shard& b) {
    return std::tuple{!a.status.serves, a.status.generation, a.status.shard_id} <
           std::tuple{!b.status.serves, b.status.generation, b.status.shard_id};
  });
  return all;
}

int total_of_serving(const std::vector<listed_shard>& shards) noexcept {
  return shards.empty() || !shards.front().status.serves ? 0 : shards.front().status.total_shards;
}

}  // namespace gatehouse::admin
