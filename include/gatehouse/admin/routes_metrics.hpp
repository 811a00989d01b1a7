#pragma once

#include <gatehouse/admin/router.hpp>
#include <gatehouse/cluster/metrics_board.hpp>
#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/storage/persistence.hpp>

#include <string>
#include <vector>

namespace gatehouse::admin {

/// What the metrics are read from; all must outlive the server.
struct metrics_sources {
  const cluster::metrics_board& workers;
  const storage::persistence& persistence;
  std::string version;
  const controllers::decision_points* decisions = nullptr;  ///< may be null
};

/// `GET /metrics`: everything that is counted, for Prometheus. Open.
void add_metrics_route(std::vector<route>& rows, metrics_sources sources);

}  // namespace gatehouse::admin
