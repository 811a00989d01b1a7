#include "house_metrics.hpp"

#include "spelling.hpp"

#include <string>

namespace gatehouse::admin {
namespace {

using kind = metric_text::kind;

template <class Number>
std::uint64_t whole(Number number) {
  return number < Number{0} ? 0 : static_cast<std::uint64_t>(number);
}

void add_gate(metric_text& out, const cluster::gate_view& gate) {
  if (gate.identifies_left) {
    out.family("gatehouse_identifies_left", kind::gauge,
               "Identifies left of Discord's session start limit.");
    out.sample(whole(*gate.identifies_left));
  }
  out.family("gatehouse_identifies_limit", kind::gauge,
             "Identifies that Discord's session start limit allows in a day.");
  out.sample(whole(gate.identifies_total));
  out.family("gatehouse_identifies_waiting", kind::gauge, "Shards that wait for leave.");
  out.sample(std::uint64_t{gate.waiting});
  out.family("gatehouse_identify_max_concurrency", kind::gauge, "Buckets, as Discord has it.");
  out.sample(whole(gate.max_concurrency));
}

void add_reshard(metric_text& out, const cluster::reshard_progress& progress) {
  out.family("gatehouse_reshard_phase", kind::gauge, "1 for the phase a reshard is in.");
  for (const auto phase : all_reshard_phases) {
    out.sample({{"phase", name_of(phase)}}, std::uint64_t{progress.now_in == phase ? 1U : 0U});
  }
  out.family("gatehouse_reshard_shards", kind::gauge, "New shards, by how far they have come.");
  out.sample({{"state", "wanted"}}, whole(progress.to_shards));
  out.sample({{"state", "connected"}}, whole(progress.connected));
  out.sample({{"state", "loaded"}}, whole(progress.loaded));
}

}  // namespace

void add_build(metric_text& out, std::string_view version) {
  out.family("gatehouse_build_info", kind::gauge, "1; version and compiler are labels.");
  out.sample({{"version", version}, {"compiler", __VERSION__}}, std::uint64_t{1});
}

void add_manager(metric_text& out, const cluster::manager_metrics& manager) {
  add_gate(out, manager.gate);
  add_reshard(out, manager.reshard);
  out.family("gatehouse_config_revision", kind::gauge, "1 at start, one more with every reload.");
  out.sample(whole(manager.revision));
}

void add_daemon(metric_text& out, const daemon_figures& daemon) {
  out.family("gatehouse_config_last_reload_successful", kind::gauge,
             "0: the last reload was refused, and what was in force before still is.");
  out.sample(std::uint64_t{daemon.is_last_reload_applied ? 1U : 0U});
  out.family("gatehouse_config_last_reload_timestamp_seconds", kind::gauge,
             "When the last reload was asked for, in seconds of Unix time; 0: never.");
  out.sample(whole(daemon.last_reload_unix_seconds));
  out.family("gatehouse_config_reloads_refused_total", kind::counter, "Reloads refused.");
  out.sample(daemon.reloads_refused);
  out.family("gatehouse_log_lines_dropped_total", kind::counter,
             "Lines of the log that were not written: its destination was too slow, or full.");
  out.sample(daemon.log_lines_dropped);
}

void add_rest(metric_text& out, const rest::request_counts& counts) {
  out.family("gatehouse_rest_requests_total", kind::counter,
             "Requests to Discord's REST API or its proxy, by status; none: no answer.");
  for (const auto& [status, count] : counts.by_status) {
    const std::string code = status == 0 ? "none" : std::to_string(status);
    out.sample({{"code", code}}, count);
  }
  out.family("gatehouse_rest_request_seconds_total", kind::counter,
             "Time that they took together, in seconds.");
  out.sample({}, counts.seconds);
}

void add_controllers(metric_text& out, const controllers::decision_points& decisions) {
  out.family("gatehouse_controller_failures_total", kind::counter,
             "Hooks of libraries that threw or answered what cannot be.");
  for (const auto& each : decisions.failures()) {
    out.sample({{"hook", each.hook}, {"library", each.library}}, each.failures);
  }
}

void add_streams(metric_text& out, const delivery::event_streams& streams) {
  const auto& counted = streams.counters();
  out.family("gatehouse_nats_published_total", kind::counter,
             "Publishes to streams that are handlers, by what came of them.");
  out.sample({{"result", "stored"}}, counted.stored.load());
  out.sample({{"result", "failed"}}, counted.failed.load());
  out.sample({{"result", "refused"}}, counted.refused.load());
  out.family("gatehouse_nats_duplicates_total", kind::counter,
             "Repeated events that a stream had already.");
  out.sample(counted.duplicates.load());
  out.family("gatehouse_nats_oversize_total", kind::counter,
             "Events larger than the servers' max_payload: dead letters.");
  out.sample(counted.oversize.load());
  out.family("gatehouse_nats_reconnects_total", kind::counter,
             "Connections to NATS servers that were lost.");
  out.sample(streams.status().reconnects);
}

void add_process(metric_text& out, const telemetry::process_figures& process) {
  out.family("process_resident_memory_bytes", kind::gauge, "Resident memory, in bytes.");
  out.sample(process.resident_bytes);
  out.family("process_open_fds", kind::gauge, "Open file descriptors.");
  out.sample(process.open_files);
  out.family("process_max_fds", kind::gauge, "File descriptors that may be open.");
  out.sample(process.max_files);
  out.family("process_threads", kind::gauge, "Threads.");
  out.sample(process.threads);
  out.family("process_cpu_seconds_total", kind::counter,
             "Processor time, user and system, in seconds.");
  out.sample({}, process.cpu_seconds);
  out.family("process_start_time_seconds", kind::gauge,
             "When the process began, in seconds of Unix time.");
  out.sample({}, process.start_unix_seconds);
}

}  // namespace gatehouse::admin
