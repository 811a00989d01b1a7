#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/controllers.hpp>

#include <string>
#include <variant>
#include <vector>

/// Which shards this process holds and which worker each belongs to. Pure.
namespace gatehouse::cluster {

/// What Discord recommends, as large bots need it: from 100 shards on a multiple of 16, or of
/// `max_concurrency` where that is not 1 (other counts are refused with 4010).
int round_total_shards(int recommended, int max_concurrency);

struct shard_plan {
  int total_shards = 1;
  std::vector<int> shard_ids;  ///< ascending; those of this process
};

/// The plan, or why there can be none, naming the key to change.
std::variant<shard_plan, std::string> plan_shards(const config::gateway_settings& settings,
                                                  int recommended, int max_concurrency);

/// The daemon's own decisions, which a library may replace.
Controllers own_decisions(const config::gateway_settings& settings);

/// Worker of a shard: blocks of `shards_per_worker` with the rest on the last worker, or in turn.
int worker_of(const config::gateway_settings& settings, int shard_id);

}  // namespace gatehouse::cluster
