#pragma once

#include <set>
#include <string>

namespace gatehouse::admin {

/// Every name at GET /metrics. Dashboards and alerts are built on them: none is taken away or
/// changes its meaning without a line in CHANGELOG.md.
inline std::set<std::string> metric_names() {
  return {
      "gatehouse_commands_dropped_total",
      "gatehouse_commands_sent_total",
      "gatehouse_config_revision",
      "gatehouse_controller_failures_total",
      "gatehouse_dead_letters_lost_total",
      "gatehouse_dead_letters_on_disk",
      "gatehouse_dead_letters_written_total",
      "gatehouse_delivery_latency_seconds",
      "gatehouse_events_dropped_total",
      "gatehouse_events_filtered_total",
      "gatehouse_events_forwarded_total",
      "gatehouse_events_received_total",
      "gatehouse_handler_connections",
      "gatehouse_handler_delivered_total",
      "gatehouse_handler_events_in_flight",
      "gatehouse_handler_oldest_event_seconds",
      "gatehouse_handler_queued_events",
      "gatehouse_handler_refused_total",
      "gatehouse_handler_retried_total",
      "gatehouse_handler_stalls_total",
      "gatehouse_handler_up",
      "gatehouse_identifies_left",
      "gatehouse_identifies_limit",
      "gatehouse_identifies_waiting",
      "gatehouse_identify_max_concurrency",
      "gatehouse_build_info",
      "gatehouse_interactions_answered_total",
      "gatehouse_interactions_finished_total",
      "gatehouse_interactions_unanswered_total",
      "gatehouse_queue_bytes",
      "gatehouse_queue_limit_bytes",
      "gatehouse_queue_spooled_events",
      "gatehouse_reshard_phase",
      "gatehouse_reshard_shards",
      "gatehouse_session_save_failures_total",
      "gatehouse_shard_connections_total",
      "gatehouse_shard_deaf_alarms_total",
      "gatehouse_shard_dispatches_total",
      "gatehouse_shard_gaps_total",
      "gatehouse_shard_guilds",
      "gatehouse_shard_reconnects_total",
      "gatehouse_shard_repeats_total",
      "gatehouse_shard_rtt_seconds",
      "gatehouse_shard_state",
      "gatehouse_shard_unreadable_payloads_total",
      "gatehouse_shards",
      "gatehouse_spool_bytes",
      "gatehouse_spool_events",
      "gatehouse_spool_limit_bytes",
      "gatehouse_spool_lost_events_total",
      "gatehouse_spool_working",
      "gatehouse_spool_write_failures_total",
      "gatehouse_state_usable",
      "process_cpu_seconds_total",
      "process_max_fds",
      "process_open_fds",
      "process_resident_memory_bytes",
      "process_start_time_seconds",
      "process_threads",
  };
}

}  // namespace gatehouse::admin
