#include <gatehouse/cluster/placement.hpp>

#include <algorithm>
#include <numeric>

namespace gatehouse::cluster {
namespace {

/// Below this count Discord takes any number of shards.
constexpr int smallest_large_bot = 100;
constexpr int default_multiple = 16;

}  // namespace

int round_total_shards(int recommended, int max_concurrency) {
  if (recommended < smallest_large_bot) return std::max(recommended, 1);
  const int multiple = max_concurrency > 1 ? max_concurrency : default_multiple;
  return (recommended + multiple - 1) / multiple * multiple;
}

bool shard_plan::holds(int shard_id) const {
  return std::binary_search(shard_ids.begin(), shard_ids.end(), shard_id);
}

std::variant<shard_plan, std::string> configured_shards::shards_of(int total_shards) const {
  const int last = last_ < 0 ? total_shards - 1 : last_;
  if (last >= total_shards) {
    return "gateway.last_shard_id is " + std::to_string(last) + ", but there are only " +
           std::to_string(total_shards) + " shards (0 to " + std::to_string(total_shards - 1) + ")";
  }
  if (first_ > last) {
    return "gateway.first_shard_id is " + std::to_string(first_) + ", behind the last shard " +
           std::to_string(last);
  }
  shard_plan plan{total_shards, {}};
  plan.shard_ids.resize(static_cast<std::size_t>(last - first_) + 1);
  std::iota(plan.shard_ids.begin(), plan.shard_ids.end(), first_);
  return plan;
}

int worker_of(const config::gateway_settings& settings, int shard_id) {
  if (settings.shard_spread == config::spread::round_robin) {
    return shard_id % settings.total_workers;
  }
  return std::min(shard_id / settings.shards_per_worker, settings.total_workers - 1);
}

Controllers own_decisions(const config::gateway_settings& settings) {
  Controllers own;
  own.worker_id = [settings](const worker_question& asked) {
    return worker_of(settings, asked.shard_id);
  };
  own.total_shards = [](const total_shards_question& asked) {
    return asked.configured > 0 ? asked.configured
                                : round_total_shards(asked.recommended, asked.max_concurrency);
  };
  own.request_identify = [](const identify_question&) {
    return std::optional<std::chrono::milliseconds>{};
  };
  own.tell_worker_to_identify = [](const identify_question&) { return true; };
  own.presence = [](const presence_question& asked) { return std::string{asked.presence}; };
  return own;
}

}  // namespace gatehouse::cluster
