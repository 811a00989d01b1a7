#pragma once

#include <gatehouse/gateway/session.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace gatehouse::cluster {

/// What the daemon as a whole is doing, for health checks.
struct readiness {
  bool ready = false;
  /// What is missing, in words for an operator; empty when ready.
  std::vector<std::string> missing;
};

struct shard_progress {
  std::size_t connected = 0;
  std::size_t total = 0;
};

/// A shard that is not connected.
struct absence {
  int shard_id = 0;
  gateway::shard_state state = gateway::shard_state::offline;
  runtime::time_point since{};
};

/// The last reported state of every shard, readable from any thread at any time, also while workers
/// are busy. Written on state changes only, never per event.
class status_board {
 public:
  /// What the manager waits for while there are no shards yet ("waiting for GET /gateway/bot: …").
  void set_phase(std::string phase);
  /// The shards this process is to hold; all others are forgotten.
  void expect_shards(const std::vector<int>& shard_ids);
  void set_state(int shard_id, gateway::shard_state state);
  /// These take the place of all others.
  void replace_shards(const std::vector<int>& shard_ids, gateway::shard_state state);

  [[nodiscard]] readiness check() const;
  [[nodiscard]] shard_progress progress() const;
  /// By shard id.
  [[nodiscard]] std::map<int, gateway::shard_state> states() const;
  /// Likewise.
  [[nodiscard]] std::vector<absence> absences() const;

 private:
  void count();

  mutable std::mutex mutex_;
  std::string phase_ = "starting";
  std::map<int, gateway::shard_state> states_;
  std::size_t connected_ = 0;                      ///< of them
  std::map<int, runtime::time_point> away_since_;  ///< of those that are not connected

  void note(int shard_id, gateway::shard_state state);
};

}  // namespace gatehouse::cluster
