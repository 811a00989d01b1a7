#pragma once

#include <gatehouse/admin/router.hpp>
#include <gatehouse/cluster/status_board.hpp>

#include <vector>

namespace gatehouse::admin {

/// `GET /healthz`: this process is alive. `GET /readyz`: every shard is connected, else 503 with
/// what is missing. Both open. `board` must outlive the server.
void add_health_routes(std::vector<route>& rows, const cluster::status_board& board);

}  // namespace gatehouse::admin
