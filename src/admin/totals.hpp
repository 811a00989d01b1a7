#pragma once

#include <gatehouse/cluster/metrics_board.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace gatehouse::admin {

/// The figures of workers added up.
struct totals {
  std::uint64_t received = 0;
  std::uint64_t filtered = 0;
  std::uint64_t delivered = 0;
  std::uint64_t retried = 0;
  std::uint64_t refused = 0;
  std::uint64_t dropped = 0;
  std::uint64_t gaps = 0;
  std::uint64_t queued = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t spooled = 0;
  runtime::duration oldest_age{};

  void add(const cluster::worker_metrics& worker) {
    for (const auto& event : worker.events) {
      received += event.received;
      filtered += event.filtered;
    }
    for (const auto& target : worker.delivery.targets) {
      delivered += target.delivered;
      retried += target.retried;
      refused += target.refused;
      queued += target.queued;
      in_flight += target.in_flight;
      oldest_age = std::max(oldest_age, target.oldest_age);
    }
    for (const auto& drop : worker.delivery.dropped) dropped += drop.count;
    for (const auto& shard : worker.shards) gaps += shard.gaps;
    spooled += worker.delivery.spooled;
  }
};

/// What was counted of each event, over all workers, which it refers to.
inline std::map<std::string_view, cluster::event_count> sum_events(
    const std::vector<std::shared_ptr<const cluster::worker_metrics>>& workers) {
  std::map<std::string_view, cluster::event_count> by_name;
  for (const auto& worker : workers) {
    for (const auto& event : worker->events) {
      auto& sum = by_name[event.event_name];
      sum.received += event.received;
      sum.filtered += event.filtered;
      sum.forwarded += event.forwarded;
    }
  }
  return by_name;
}

}  // namespace gatehouse::admin
