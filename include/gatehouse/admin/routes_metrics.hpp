#pragma once

#include <gatehouse/admin/router.hpp>
#include <gatehouse/cluster/metrics_board.hpp>
#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/delivery/event_streams.hpp>
#include <gatehouse/storage/persistence.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace gatehouse::admin {

/// What the daemon itself has counted. Read on the admin server's thread.
struct daemon_figures {
  std::uint64_t log_lines_dropped = 0;
  std::uint64_t reloads_refused = 0;
  bool is_last_reload_applied = true;         ///< also before the first one
  std::int64_t last_reload_unix_seconds = 0;  ///< 0: there was none yet
};

/// What the metrics are read from; all must outlive the server.
struct metrics_sources {
  const cluster::metrics_board& workers;
  const storage::persistence& persistence;
  std::string version;
  const controllers::decision_points* decisions = nullptr;  ///< may be null
  std::function<daemon_figures()> daemon{};                 ///< may be empty
  const delivery::event_streams* streams = nullptr;         ///< null: none are handlers
};

/// `GET /metrics`: everything that is counted, for Prometheus. Open.
void add_metrics_route(std::vector<route>& rows, metrics_sources sources);

}  // namespace gatehouse::admin
