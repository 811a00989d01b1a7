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

std::variant<shard_plan, std::string> plan_shards(const config::gateway_settings& settings,
                                                  int recommended, int max_concurrency) {
  shard_plan plan;
  plan.total_shards = settings.total_shards > 0 ? settings.total_shards
                                                : round_total_shards(recommended, max_concurrency);
  const int last = settings.last_shard_id < 0 ? plan.total_shards - 1 : settings.last_shard_id;
  if (last >= plan.total_shards) {
    return "gateway.last_shard_id is " + std::to_string(last) + ", but there are only " +
           std::to_string(plan.total_shards) + " shards (0 to " +
           std::to_string(plan.total_shards - 1) + ")";
  }
  if (settings.first_shard_id > last) {
    return "gateway.first_shard_id is " + std::to_string(settings.first_shard_id) +
           ", behind the last shard " + std::to_string(last);
  }
  const auto before = static_cast<std::size_t>(settings.first_shard_id);
  plan.shard_ids.resize(static_cast<std::size_t>(last) + 1 - before);
  std::iota(plan.shard_ids.begin(), plan.shard_ids.end(), settings.first_shard_id);
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
