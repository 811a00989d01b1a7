#pragma once

#include <gatehouse/cluster/metrics_board.hpp>
#include <gatehouse/delivery/latency_histogram.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/telemetry/process.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace gatehouse::admin {

/// The daemon's main figures at one moment. Counters run since the start.
struct figure_sample {
  runtime::time_point at{};
  std::int64_t unix_ms = 0;
  std::uint64_t received = 0;
  std::uint64_t delivered = 0;
  std::uint64_t queued = 0;  ///< in memory, under way, and on disk only
  delivery::latency_histogram latency{};
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0;
};

/// What they came to from one sample to the next.
struct figure_point {
  std::int64_t unix_ms = 0;  ///< of its end
  double received_per_second = 0;
  double delivered_per_second = 0;
  std::uint64_t queued = 0;
  /// Of the events delivered meanwhile, in seconds; nothing without any.
  std::optional<double> p50{}, p95{}, p99{};
  double cpu = 0;  ///< cores in use
  std::uint64_t resident_bytes = 0;
};

/// The figures of the last hour, so that whoever opens the dashboard sees what led up to now.
/// Bounded: `kept` samples of a fixed size, some 170 KB. Written by one thread, read by any.
class figure_history {
 public:
  static constexpr runtime::seconds period{5};
  static constexpr std::size_t kept = 721;          ///< an hour, from end to end
  static constexpr std::size_t shown_points = 180;  ///< at most, whatever the span

  void add(const figure_sample& sample);
  /// Of the last `span`; longer spans have coarser points. Oldest first.
  [[nodiscard]] std::vector<figure_point> read(runtime::seconds span) const;

 private:
  mutable std::mutex mutex_;
  std::deque<figure_sample> samples_;
};

/// Adds up what is on the board.
[[nodiscard]] figure_sample take_sample(const cluster::metrics_board& board,
                                        const telemetry::process_figures& process,
                                        runtime::time_point now, std::int64_t unix_ms);

/// The value below which `share` of what came between the two lies, in seconds, by interpolation
/// within its bucket; the highest bound for what lies beyond. Nothing if nothing came.
[[nodiscard]] std::optional<double> quantile(const delivery::latency_histogram& before,
                                             const delivery::latency_histogram& after,
                                             double share);

}  // namespace gatehouse::admin
