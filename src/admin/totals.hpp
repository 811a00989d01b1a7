#pragma once

#include <gatehouse/cluster/metrics_board.hpp>

#include <algorithm>
#include <cstdint>

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

}  // namespace gatehouse::admin
