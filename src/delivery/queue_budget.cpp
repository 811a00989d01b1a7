#include <gatehouse/delivery/queue_budget.hpp>

#include <algorithm>

namespace gatehouse::delivery {

queue_budget::queue_budget(const config::queue_settings& settings,
                           events::event_type_registry& types)
    : limit_(settings.memory_bytes), max_age_(settings.max_age) {
  for (const auto& name : settings.shed) set_rank(types.intern(name), rank::shed_first);
  set_rank(types.intern("INTERACTION_CREATE"), rank::last_resort);
}

queue_budget::~queue_budget() {
  for (auto& by_rank : waiting_) {
    for (auto& queues : by_rank) {
      queues.fresh.clear();
      queues.loaded.clear();
    }
  }
}

void queue_budget::set_rank(events::event_type type, rank value) {
  const auto index = static_cast<std::size_t>(type);
  if (index >= ranks_.size()) ranks_.resize(index + 1, rank::ordinary);
  ranks_[index] = value;
}

queue_budget::rank queue_budget::rank_of(events::event_type type) const noexcept {
  const auto index = static_cast<std::size_t>(type);
  return index < ranks_.size() ? ranks_[index] : rank::ordinary;
}

queue_budget::age_queue& queue_budget::queue_of(const events::event& event) {
  if (event.target >= waiting_.size()) waiting_.resize(event.target + std::size_t{1});
  auto& queues = waiting_[event.target][static_cast<std::size_t>(rank_of(event.type))];
  return event.is_loaded ? queues.loaded : queues.fresh;
}

void queue_budget::admit(events::event& added) {
  bytes_ += added.memory_bytes();
  if (added.is_barrier) return;
  auto& queue = queue_of(added);
  if (queue.empty() || queue.back().position <= added.position) {
    queue.push_back(added);
  } else {
    wait_again(added);
  }
}

void queue_budget::start_delivery(events::event& taken) {
  if (!taken.age_hook.is_linked()) return;
  auto& queue = queue_of(taken);
  queue.erase(queue.iterator_to(taken));
}

void queue_budget::wait_again(events::event& returned) {
  if (returned.is_barrier) return;
  // What returns is mostly among the oldest, so the search from the front is short.
  auto& queue = queue_of(returned);
  const auto younger = std::find_if(queue.begin(), queue.end(), [&](const events::event& waiting) {
    return waiting.position >= returned.position;
  });
  queue.insert(younger, returned);
}

void queue_budget::forget(events::event& gone) {
  start_delivery(gone);
  bytes_ -= gone.memory_bytes();
}

events::event* queue_budget::oldest_of(rank wanted) noexcept {
  events::event* oldest = nullptr;
  const auto consider = [&](age_queue& queue) {
    if (queue.empty()) return;
    events::event& first = queue.front();
    if (oldest == nullptr || first.position < oldest->position) oldest = &first;
  };
  for (auto& by_rank : waiting_) {
    consider(by_rank[static_cast<std::size_t>(wanted)].fresh);
    consider(by_rank[static_cast<std::size_t>(wanted)].loaded);
  }
  return oldest;
}

events::event* queue_budget::victim(std::uint64_t allowance) noexcept {
  if (bytes_ <= limit_ + allowance) return nullptr;
  for (const rank each : {rank::shed_first, rank::ordinary, rank::last_resort}) {
    if (events::event* oldest = oldest_of(each)) return oldest;
  }
  return nullptr;
}

events::event* queue_budget::oldest() noexcept {
  events::event* shed = oldest_of(rank::shed_first);
  return shed != nullptr ? shed : oldest_of(rank::ordinary);
}

events::event* queue_budget::newest(std::size_t target) noexcept {
  events::event* newest = nullptr;
  if (target >= waiting_.size()) return newest;
  for (auto& queues : waiting_[target]) {
    for (age_queue* queue : {&queues.fresh, &queues.loaded}) {
      if (queue->empty()) continue;
      events::event& last = queue->back();
      if (newest == nullptr || last.position > newest->position) newest = &last;
    }
  }
  return newest;
}

runtime::time_point queue_budget::oldest_arrival(std::size_t target) const noexcept {
  auto oldest = runtime::time_point::max();
  if (target >= waiting_.size()) return oldest;
  for (const auto& queues : waiting_[target]) {
    for (const age_queue* queue : {&queues.fresh, &queues.loaded}) {
      if (!queue->empty()) oldest = std::min(oldest, queue->front().received);
    }
  }
  return oldest;
}

queue_budget::overdue_event queue_budget::overdue(runtime::time_point now) noexcept {
  if (max_age_ > runtime::duration::zero()) {
    for (const rank each : {rank::shed_first, rank::ordinary, rank::last_resort}) {
      events::event* oldest = oldest_of(each);
      if (oldest != nullptr && now - oldest->received > max_age_) {
        return {oldest, drop_reason::too_old};
      }
    }
  }
  events::event* interaction = oldest_of(rank::last_resort);
  if (interaction != nullptr && now - interaction->received > interaction_lifetime) {
    return {interaction, drop_reason::token_expired};
  }
  return {};
}

bool queue_budget::congested(std::uint64_t bytes_at_live_handlers) noexcept {
  const std::uint64_t threshold = congested_ ? limit_ / 8 * 3 : limit_ / 2;
  congested_ = bytes_at_live_handlers > threshold;
  return congested_;
}

}  // namespace gatehouse::delivery
