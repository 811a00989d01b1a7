#include "totals.hpp"

#include <gatehouse/admin/figure_history.hpp>

#include <algorithm>
#include <chrono>

namespace gatehouse::admin {
namespace {

double seconds(runtime::duration span) {
  return std::chrono::duration<double>(span).count();
}

/// Counters of a worker that has gone take what it had counted with them.
double per_second(std::uint64_t before, std::uint64_t after, double elapsed) {
  return after < before ? 0 : static_cast<double>(after - before) / elapsed;
}

figure_point between(const figure_sample& before, const figure_sample& after) {
  const double elapsed = std::max(seconds(after.at - before.at), 1e-3);
  figure_point point;
  point.unix_ms = after.unix_ms;
  point.received_per_second = per_second(before.received, after.received, elapsed);
  point.delivered_per_second = per_second(before.delivered, after.delivered, elapsed);
  point.queued = after.queued;
  point.p50 = quantile(before.latency, after.latency, 0.5);
  point.p95 = quantile(before.latency, after.latency, 0.95);
  point.p99 = quantile(before.latency, after.latency, 0.99);
  point.cpu = std::max(after.cpu_seconds - before.cpu_seconds, 0.0) / elapsed;
  point.resident_bytes = after.resident_bytes;
  return point;
}

}  // namespace

void figure_history::add(const figure_sample& sample) {
  const std::lock_guard lock{mutex_};
  samples_.push_back(sample);
  if (samples_.size() > kept) samples_.pop_front();
}

std::vector<figure_point> figure_history::read(runtime::seconds span) const {
  const std::lock_guard lock{mutex_};
  std::vector<figure_point> points;
  if (samples_.empty()) return points;
  const auto from = samples_.back().at - span;
  const auto first = std::find_if(samples_.begin(), samples_.end(),
                                  [&](const auto& sample) { return sample.at >= from; });
  const auto steps = static_cast<std::size_t>(samples_.end() - first) - 1;
  const std::size_t stride = std::max<std::size_t>(1, (steps + shown_points - 1) / shown_points);
  // The newest point is whole; a rest that makes none is left out at the old end.
  const auto begin = static_cast<std::size_t>(first - samples_.begin()) + steps % stride;
  for (std::size_t i = begin + stride; i < samples_.size(); i += stride) {
    points.push_back(between(samples_[i - stride], samples_[i]));
  }
  return points;
}

figure_sample take_sample(const cluster::metrics_board& board,
                          const telemetry::process_figures& process, runtime::time_point now,
                          std::int64_t unix_ms) {
  figure_sample sample;
  totals sum;
  for (const auto& worker : board.read()) {
    sum.add(*worker);
    for (const auto& target : worker->delivery.targets) sample.latency.add(target.latency);
  }
  sample.at = now;
  sample.unix_ms = unix_ms;
  sample.received = sum.received;
  sample.delivered = sum.delivered;
  sample.queued = sum.queued + sum.in_flight + sum.spooled;
  sample.cpu_seconds = process.cpu_seconds;
  sample.resident_bytes = process.resident_bytes;
  return sample;
}

std::optional<double> quantile(const delivery::latency_histogram& before,
                               const delivery::latency_histogram& after, double share) {
  using histogram = delivery::latency_histogram;
  histogram::counts came{};
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < came.size(); ++i) {
    const auto old = before.by_bucket()[i];
    const auto now = after.by_bucket()[i];
    came[i] = now > old ? now - old : 0;
    all += came[i];
  }
  if (all == 0) return std::nullopt;
  const double rank = share * static_cast<double>(all);
  double passed = 0;
  for (std::size_t i = 0; i < histogram::bounds.size(); ++i) {
    const auto here = static_cast<double>(came[i]);
    if (here > 0 && passed + here >= rank) {
      const double lower = i == 0 ? 0 : seconds(histogram::bounds[i - 1]);
      return lower + (seconds(histogram::bounds[i]) - lower) * (rank - passed) / here;
    }
    passed += here;
  }
  return seconds(histogram::bounds.back());
}

}  // namespace gatehouse::admin
