#pragma once

#include "metric_text.hpp"

#include <gatehouse/admin/routes_metrics.hpp>
#include <gatehouse/cluster/metrics_board.hpp>
#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/delivery/event_streams.hpp>
#include <gatehouse/telemetry/process.hpp>

#include <string_view>

/// The part of `/metrics` that is not counted by workers.
namespace gatehouse::admin {

void add_build(metric_text& out, std::string_view version);
/// Identify gate, resharding, configuration.
void add_manager(metric_text& out, const cluster::manager_metrics& manager);
void add_controllers(metric_text& out, const controllers::decision_points& decisions);
void add_daemon(metric_text& out, const daemon_figures& daemon);
/// The manager's and every worker's requests.
void add_rest(metric_text& out, const rest::request_counts& counts);
/// The NATS streams that are handlers.
void add_streams(metric_text& out, const delivery::event_streams& streams);
/// Under the names that Prometheus' own client libraries use.
void add_process(metric_text& out, const telemetry::process_figures& process);

}  // namespace gatehouse::admin
