#pragma once

#include <gatehouse/admin/figure_history.hpp>
#include <gatehouse/admin/router.hpp>
#include <gatehouse/cluster/control.hpp>
#include <gatehouse/cluster/metrics_board.hpp>
#include <gatehouse/cluster/status_board.hpp>
#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/delivery/event_streams.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/persistence.hpp>
#include <gatehouse/telemetry/logging.hpp>
#include <gatehouse/telemetry/recent_log.hpp>

#include <string>
#include <vector>

namespace gatehouse::admin {

/// What the routes ask and read; all that is referred to must outlive the server. What is read from
/// the boards is answered at once, however busy the workers are.
struct control_sources {
  cluster::control& control;
  const cluster::status_board& status;
  const cluster::metrics_board& metrics;
  const storage::persistence& persistence;
  const telemetry::recent_log& recent;
  telemetry::logger log;
  std::string version;
  runtime::time_point started;
  const controllers::decision_points* decisions = nullptr;  ///< may be null
  const figure_history* history = nullptr;                  ///< may be null
  const delivery::event_streams* streams = nullptr;         ///< null: none are handlers
};

/// Every route but health, `/metrics` and the dashboard; docs/admin.md describes them one by one.
/// All need the Authorization header; `POST /` refuses in discordeno's own words.
void add_control_routes(std::vector<route>& rows, const control_sources& sources);

}  // namespace gatehouse::admin
