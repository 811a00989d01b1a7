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
  [[nodiscard]] bool holds(int shard_id) const;
};

/// Says which shards are ours. Here it is a range that the configuration names.
class shard_source {
 public:
  shard_source() = default;
  shard_source(const shard_source&) = delete;
  shard_source& operator=(const shard_source&) = delete;
  virtual ~shard_source() = default;

  /// Of so many; or why there are none, naming the key to change.
  [[nodiscard]] virtual std::variant<shard_plan, std::string> shards_of(int total_shards) const = 0;
  /// Nobody else holds any.
  [[nodiscard]] virtual bool holds_all(int total_shards) const = 0;
};

class configured_shards final : public shard_source {
 public:
  explicit configured_shards(const config::gateway_settings& settings)
      : first_(settings.first_shard_id), last_(settings.last_shard_id) {}
  [[nodiscard]] std::variant<shard_plan, std::string> shards_of(int total_shards) const override;
  [[nodiscard]] bool holds_all(int total_shards) const override {
    return first_ == 0 && (last_ < 0 || last_ == total_shards - 1);
  }

 private:
  int first_;
  int last_;  ///< -1: the last one there is
};

/// The daemon's own decisions, which a library may replace.
Controllers own_decisions(const config::gateway_settings& settings);

/// Worker of a shard: blocks of `shards_per_worker` with the rest on the last worker, or in turn.
int worker_of(const config::gateway_settings& settings, int shard_id);

}  // namespace gatehouse::cluster
