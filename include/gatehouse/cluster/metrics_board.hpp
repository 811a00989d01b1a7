#pragma once

#include <gatehouse/cluster/control.hpp>
#include <gatehouse/delivery/event_tail.hpp>
#include <gatehouse/delivery/statistics.hpp>
#include <gatehouse/fleet/view.hpp>
#include <gatehouse/gateway/reconnect_cause.hpp>
#include <gatehouse/interactions/statistics.hpp>
#include <gatehouse/rest/request_counts.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/shard/shard_status.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gatehouse::cluster {

struct event_count {
  std::string event_name;
  std::uint64_t received = 0;
  std::uint64_t filtered = 0;   ///< of them, not forwarded on purpose
  std::uint64_t forwarded = 0;  ///< handed to the delivery, under this name
};

/// Sums over every shard that a worker has had: what an ended one has counted stays in.
struct shard_totals {
  gateway::reconnect_counts reconnects{};
  std::uint64_t repeats = 0;  ///< dispatches that Discord has sent again
  std::uint64_t unreadable_payloads = 0;
  std::uint64_t commands_sent = 0;
  std::uint64_t commands_dropped = 0;
  std::uint64_t bytes_received = 0;  ///< from Discord
  std::uint64_t bytes_sent = 0;

  void add(const shard_totals& other) noexcept;
  void add(const shard::shard_status& shard) noexcept;
};

/// What one worker has counted, at one moment.
struct worker_metrics {
  int worker_id = 0;
  delivery::statistics delivery;
  interactions::statistics interactions;
  std::vector<shard::shard_status> shards;
  shard_totals totals;
  double cpu_seconds = 0;  ///< of its thread
  rest::request_counts rest{};
  std::vector<event_count> events;  ///< by name, in the order of their first appearance
};

/// What the manager knows, at one moment.
struct manager_metrics {
  gate_view gate{};
  reshard_progress reshard{};
  int revision = 1;  ///< of the configuration in force
  rest::request_counts rest{};
  std::shared_ptr<const fleet::fleet_view> fleet{};  ///< null: this process is not a member of one
};

/// The newest figures of the manager and of every worker, readable from any thread at any time: a
/// scrape waits for no worker, however busy it is. All of them publish once a `period`, by value;
/// the manager also when what it knows has changed.
class metrics_board {
 public:
  static constexpr runtime::seconds period{1};

  void publish(worker_metrics figures);
  void publish(manager_metrics figures);
  /// By worker id. What is returned never changes.
  [[nodiscard]] std::vector<std::shared_ptr<const worker_metrics>> read() const;
  [[nodiscard]] manager_metrics manager() const;
  /// What the workers deliver, for those who watch.
  [[nodiscard]] delivery::event_tail& tail() const noexcept { return tail_; }

 private:
  mutable std::mutex mutex_;
  std::map<int, std::shared_ptr<const worker_metrics>> by_worker_;
  manager_metrics manager_;
  mutable delivery::event_tail tail_;
};

}  // namespace gatehouse::cluster
