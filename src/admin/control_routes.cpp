#include "routes.hpp"

#include <gatehouse/admin/control_routes.hpp>

namespace gatehouse::admin {

void add_control_routes(std::vector<route>& rows, const control_sources& sources) {
  add_status_route(rows, sources);
  add_verdict_route(rows, sources);
  add_shard_routes(rows, sources);
  add_queue_routes(rows, sources);
  add_command_routes(rows, sources);
  add_guild_routes(rows, sources);
  add_reshard_routes(rows, sources);
  add_config_routes(rows, sources);
  add_cluster_routes(rows, sources);
  add_tail_routes(rows, sources);
  add_counters_route(rows, sources);
  add_history_route(rows, sources);
  add_log_route(rows, sources);
  add_discordeno_routes(rows, sources);
}

}  // namespace gatehouse::admin
