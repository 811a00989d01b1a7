#pragma once

#include <gatehouse/admin/control_routes.hpp>
#include <gatehouse/telemetry/json_writer.hpp>

/// The parts of `add_control_routes`, by subject; each is in the file of its name.
namespace gatehouse::admin {

using telemetry::json_writer;

void add_status_route(std::vector<route>& rows, const control_sources& sources);
void add_verdict_route(std::vector<route>& rows, const control_sources& sources);
void add_shard_routes(std::vector<route>& rows, const control_sources& sources);
void add_queue_routes(std::vector<route>& rows, const control_sources& sources);
void add_command_routes(std::vector<route>& rows, const control_sources& sources);
void add_guild_routes(std::vector<route>& rows, const control_sources& sources);
void add_reshard_routes(std::vector<route>& rows, const control_sources& sources);
void add_config_routes(std::vector<route>& rows, const control_sources& sources);
void add_cluster_routes(std::vector<route>& rows, const control_sources& sources);
void add_tail_routes(std::vector<route>& rows, const control_sources& sources);
void add_counters_route(std::vector<route>& rows, const control_sources& sources);
void add_history_route(std::vector<route>& rows, const control_sources& sources);
void add_log_route(std::vector<route>& rows, const control_sources& sources);
void add_discordeno_routes(std::vector<route>& rows, const control_sources& sources);

/// As `GET /reshard` answers.
void append_reshard(json_writer& out, const cluster::reshard_progress& progress);

/// An object, or null.
void append_letters(json_writer& out, const storage::dead_letter_file* letters);

}  // namespace gatehouse::admin
