#pragma once

#include <gatehouse/cluster/manager_services.hpp>
#include <gatehouse/cluster/parts.hpp>
#include <gatehouse/cluster/worker.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>

namespace gatehouse::cluster {

/// The workers as threads of this process, each brought up when something is first said to it. Main
/// thread.
class worker_pool final : public worker_ports {
 public:
  /// `services` outlive it; a worker that comes up takes the settings of that moment, then
  /// `on_started` is called.
  worker_pool(const manager_services& services, manager_mailbox to_manager,
              std::function<void(int worker_id)> on_started);

  int place(int shard_id) override;
  void post(int worker_id, worker_message message) override;
  void post_to_all(const worker_message& message) override;
  [[nodiscard]] std::set<int> workers() const override;

  /// Brings up the workers of events that an earlier run has left on disk, so that those go first.
  void start_queues();
  /// After its worker_stopped.
  void join(int worker_id);
  [[nodiscard]] std::size_t running() const noexcept { return running_; }

 private:
  worker& get(int worker_id);

  const manager_services& services_;
  manager_mailbox to_manager_;
  std::function<void(int worker_id)> on_started_;
  std::map<int, left_queues> left_;  ///< by worker, at the start
  std::map<int, std::unique_ptr<worker>> workers_;
  std::map<int, int> places_;  ///< worker by shard id, also of shards that are gone
  std::size_t running_ = 0;
};

}  // namespace gatehouse::cluster
