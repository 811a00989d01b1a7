#include <gatehouse/cluster/worker_pool.hpp>
#include <gatehouse/delivery/routing.hpp>

#include <spdlog/spdlog.h>

#include <utility>

namespace gatehouse::cluster {

worker_pool::worker_pool(const manager_services& services, manager_mailbox to_manager,
                         std::function<void(int worker_id)> on_started)
    : services_(services), to_manager_(std::move(to_manager)), on_started_(std::move(on_started)) {}

int worker_pool::place(int shard_id) {
  const auto known = places_.find(shard_id);
  if (known != places_.end()) return known->second;
  const int chosen =
      services_.decisions.worker_id({shard_id, services_.settings->gateway.total_workers});
  places_.emplace(shard_id, chosen);
  return chosen;
}

worker& worker_pool::get(int worker_id) {
  auto& held = workers_[worker_id];
  if (held) return *held;
  const auto left = left_.extract(worker_id);
  held = std::make_unique<worker>(
      worker_id,
      worker_services{services_.settings, services_.discord_tls, services_.handler_tls,
                      services_.streams, services_.persistence, services_.persistence.sessions(),
                      services_.metrics, services_.worker_log, services_.user_agent, to_manager_,
                      services_.decisions},
      left ? left.mapped() : left_queues{});
  held->start();
  ++running_;
  on_started_(worker_id);
  return *held;
}

void worker_pool::post(int worker_id, worker_message message) {
  get(worker_id).post(std::move(message));
}

void worker_pool::post_to_all(const worker_message& message) {
  for (auto& [id, held] : workers_) held->post(message);
}

std::set<int> worker_pool::workers() const {
  std::set<int> ids;
  for (const auto& [id, held] : workers_) ids.insert(id);
  return ids;
}

void worker_pool::start_queues() {
  auto* spool = services_.persistence.spool();
  if (spool == nullptr) return;
  const auto& settings = *services_.settings;
  const delivery::routing routes{settings.handlers, settings.events.routes, &services_.decisions};
  const bool has_same_routes = spool->found_routing() == routes.fingerprint();
  if (!has_same_routes) spool->remember_routing(routes.fingerprint());
  if (spool->found().empty()) return;
  std::uint64_t events = 0;
  for (const auto& queue : spool->found()) {
    auto& left = left_[place(queue.key.shard_id)];
    left.queues.push_back(queue);
    left.has_same_routes = has_same_routes;
    events += queue.events;
  }
  services_.log->info("{} events of an earlier run wait on disk", events);
  // Each takes what is its own out of the map.
  while (!left_.empty()) get(left_.begin()->first);
}

void worker_pool::join(int worker_id) {
  workers_.at(worker_id)->join();
  --running_;
}

}  // namespace gatehouse::cluster
