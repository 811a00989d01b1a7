#include <gatehouse/cluster/metrics_board.hpp>

#include <utility>

namespace gatehouse::cluster {

void shard_totals::add(const shard_totals& other) noexcept {
  for (std::size_t i = 0; i < reconnects.size(); ++i) reconnects[i] += other.reconnects[i];
  repeats += other.repeats;
  unreadable_payloads += other.unreadable_payloads;
  commands_sent += other.commands_sent;
  commands_dropped += other.commands_dropped;
  bytes_received += other.bytes_received;
  bytes_sent += other.bytes_sent;
}

void shard_totals::add(const shard::shard_status& shard) noexcept {
  add(shard_totals{shard.reconnects, shard.stale_dispatches, shard.unreadable_payloads,
                   shard.commands_sent, shard.commands_dropped, shard.bytes_received,
                   shard.bytes_sent});
}

void metrics_board::publish(worker_metrics figures) {
  const int worker_id = figures.worker_id;
  auto newest = std::make_shared<const worker_metrics>(std::move(figures));
  const std::lock_guard lock{mutex_};
  by_worker_[worker_id].swap(newest);  // the one before it is destroyed without the lock
}

void metrics_board::publish(manager_metrics figures) {
  const std::lock_guard lock{mutex_};
  std::swap(manager_, figures);
}

std::vector<std::shared_ptr<const worker_metrics>> metrics_board::read() const {
  const std::lock_guard lock{mutex_};
  std::vector<std::shared_ptr<const worker_metrics>> all;
  all.reserve(by_worker_.size());
  for (const auto& [worker_id, figures] : by_worker_) all.push_back(figures);
  return all;
}

manager_metrics metrics_board::manager() const {
  const std::lock_guard lock{mutex_};
  return manager_;
}

}  // namespace gatehouse::cluster
