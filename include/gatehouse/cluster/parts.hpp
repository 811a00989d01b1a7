#pragma once

#include <gatehouse/cluster/messages.hpp>
#include <gatehouse/cluster/metrics_board.hpp>
#include <gatehouse/cluster/status_board.hpp>
#include <gatehouse/config/settings.hpp>
#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/gateway/snowflake.hpp>
#include <gatehouse/rest/gateway_bot.hpp>
#include <gatehouse/storage/session_store.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// What the parts of the manager have in common. All of it lives on the main thread.
namespace gatehouse::cluster {

/// The shards that this process serves.
struct serving_set {
  int generation = 0;
  int total_shards = 0;     ///< in use, or that stored sessions or a reshard ask for; 0: none
  std::set<int> ids;        ///< of this process
  std::string gateway_url;  ///< for new sessions

  [[nodiscard]] gateway::shard_key key_of(int shard_id) const noexcept {
    return {shard_id, generation};
  }
  /// The shard of a guild; without a guild: shard 0. Nothing if this process does not hold it.
  [[nodiscard]] std::optional<int> find_shard(std::optional<std::uint64_t> guild_id) const {
    if (total_shards < 1) return std::nullopt;
    const int shard_id = guild_id ? gateway::shard_of_guild(*guild_id, total_shards) : 0;
    return ids.contains(shard_id) ? std::optional(shard_id) : std::nullopt;
  }
};

/// How workers are reached, wherever they run. Here they are threads of this process
/// (`worker_pool`).
class worker_ports {
 public:
  worker_ports() = default;
  worker_ports(const worker_ports&) = delete;
  worker_ports& operator=(const worker_ports&) = delete;
  virtual ~worker_ports() = default;

  /// The worker of a shard id, decided once.
  virtual int place(int shard_id) = 0;
  /// Brings the worker up if it is not there yet.
  virtual void post(int worker_id, worker_message message) = 0;
  virtual void post_to_all(const worker_message& message) = 0;
  /// Those that are there.
  [[nodiscard]] virtual std::set<int> workers() const = 0;

  void post_to_shard(int shard_id, worker_message message) {
    post(place(shard_id), std::move(message));
  }
};

/// References that outlive the parts.
struct shared_parts {
  boost::asio::io_context& context;
  const std::shared_ptr<const config::settings>& settings;  ///< those in force
  status_board& board;
  metrics_board& metrics;
  telemetry::logger log;
  const controllers::decision_points& decisions;
  storage::session_keeper* sessions;  ///< null: nothing is stored
  worker_ports& workers;
  serving_set& serving;

  [[nodiscard]] int count_shards(int configured, const rest::gateway_bot& bot) const {
    return decisions.total_shards({configured, bot.shards, bot.max_concurrency});
  }
};

}  // namespace gatehouse::cluster
