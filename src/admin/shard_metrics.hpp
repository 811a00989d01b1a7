#pragma once

#include "metric_text.hpp"

#include <gatehouse/cluster/metrics_board.hpp>

#include <memory>
#include <vector>

namespace gatehouse::admin {

/// The families about shards: those that serve, each with its number, and sums over all of them.
void add_shards(metric_text& out,
                const std::vector<std::shared_ptr<const cluster::worker_metrics>>& all);

}  // namespace gatehouse::admin
