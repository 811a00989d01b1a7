#include "dispatcher_impl.hpp"

/// The part of the dispatcher that lets other shards, perhaps of other workers, take guilds over.
namespace gatehouse::delivery {

void dispatcher::impl::write_soon(bool is_wanted) {
  backlog_.write_soon(is_wanted);
  if (is_wanted) backlog_.pump(runtime::clock::now());
}

std::vector<dispatcher::queue_name> dispatcher::impl::busy_queues() const {
  std::vector<queue_name> busy;
  backlog_.for_each_queue([&](const backlog_queue& queue) {
    if (queue.on_disk + queue.in_memory > 0) busy.push_back({queue.shard_id, queue.key.url});
  });
  return busy;
}

std::vector<dispatcher::queue_name> dispatcher::impl::queues_of(int shard_id) const {
  std::vector<queue_name> all;
  for (const auto& url : routes_.urls()) all.push_back({shard_id, routing::queue_name(url)});
  return all;
}

bool dispatcher::impl::has_older(const queue_name& name, std::int64_t position) const {
  bool found = false;
  backlog_.for_each_queue([&](const backlog_queue& queue) {
    if (queue.shard_id != name.shard_id || queue.key.url != name.url) return;
    found = found || backlog::has_older(queue, position);
  });
  return found;
}

void dispatcher::impl::hold_back(const queue_name& name) {
  auto& queue = backlog_.queue_for(name.shard_id, name.url);
  if (queue.holders++ == 0) queue.held_after = last_position_;
}

void dispatcher::impl::let_go(const queue_name& name) {
  auto& queue = backlog_.queue_for(name.shard_id, name.url);
  if (--queue.holders > 0) return;
  queue.held_after.reset();
  backlog_.pump(runtime::clock::now());
  send_new(runtime::clock::now());
}

}  // namespace gatehouse::delivery
