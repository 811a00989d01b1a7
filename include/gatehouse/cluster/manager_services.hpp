#pragma once

#include <gatehouse/cluster/metrics_board.hpp>
#include <gatehouse/cluster/status_board.hpp>
#include <gatehouse/config/settings.hpp>
#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/rest/rest_client.hpp>
#include <gatehouse/storage/persistence.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <functional>
#include <memory>
#include <string>

namespace gatehouse::delivery {
class event_streams;
}

namespace gatehouse::nats {
class engine;
}

namespace gatehouse::cluster {

/// What manager and workers are built from.
struct manager_services {
  std::shared_ptr<const config::settings> settings;  ///< in force
  rest::rest_client& rest;
  status_board& board;
  metrics_board& metrics;
  telemetry::logger log;
  const net::tls_context& discord_tls;
  std::shared_ptr<const net::tls_context> handler_tls;
  delivery::event_streams* streams;  ///< for `jetstream:` handlers; null: no `nats.servers`
  storage::persistence& persistence;
  telemetry::logger worker_log;
  std::string user_agent;
  /// Told how far the shards are, in one line for `systemctl status`.
  std::function<void(const std::string&)> on_progress;
  const controllers::decision_points& decisions;
  nats::engine* nats = nullptr;  ///< null: no `nats.servers`
};

}  // namespace gatehouse::cluster
