#include <gatehouse/cluster/worker.hpp>
#include <gatehouse/telemetry/process.hpp>

#include <algorithm>
#include <utility>

/// The part of a worker that tells others how it is doing.
namespace gatehouse::cluster {
namespace {

constexpr runtime::milliseconds new_shard_pause{20};

}  // namespace

shard::shard_status worker::status_of(const shard::shard& asked) const {
  auto status = asked.status();
  status.serves = status.generation == serving_;
  return status;
}

/// Once a period.
void worker::publish_metrics() {
  for (const auto& [key, held] : shards_) held->watch_silence();
  dispatcher_->check_progress();
  let_go_of_late();
  delivery_log_.summarize(runtime::clock::now());
  publish_figures();
  if (now_in_ != phase::running) return;
  metrics_timer_.expires_after(metrics_board::period);
  metrics_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) publish_metrics();
  });
}

/// A shard that is new is listed at once; many that begin together are published together.
void worker::publish_soon() {
  if (std::exchange(is_published_soon_, true)) return;
  new_shard_timer_.expires_after(new_shard_pause);
  new_shard_timer_.async_wait([this](const boost::system::error_code& error) {
    is_published_soon_ = false;
    if (!error) publish_figures();
  });
}

void worker::publish_figures() {
  worker_metrics figures;
  figures.worker_id = id_;
  figures.delivery = dispatcher_->snapshot();
  figures.interactions = responder_.statistics();
  figures.rest = responder_.requests();
  figures.cpu_seconds = telemetry::thread_cpu_seconds();
  figures.events = count_events();
  figures.shards.reserve(shards_.size());
  figures.totals = ended_;
  for (const auto& [key, held] : shards_) {
    figures.totals.add(figures.shards.emplace_back(status_of(*held)));
  }
  services_.metrics.publish(std::move(figures));
}

std::vector<event_count> worker::count_events() const {
  const auto& counters = pipeline_.counters();
  std::vector<event_count> counts;
  const auto of = [](const std::vector<std::uint64_t>& by_type, std::size_t type) {
    return type < by_type.size() ? by_type[type] : 0;
  };
  const auto types = std::max(counters.received.size(), counters.forwarded.size());
  counts.reserve(types);
  for (std::size_t type = 0; type < types; ++type) {
    const auto received = of(counters.received, type);
    const auto forwarded = of(counters.forwarded, type);
    if (received == 0 && forwarded == 0) continue;
    counts.push_back({std::string{types_.name(static_cast<events::event_type>(type))}, received,
                      of(counters.filtered, type), forwarded});
  }
  return counts;
}

}  // namespace gatehouse::cluster
