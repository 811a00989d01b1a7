#include <gatehouse/delivery/queue_budget.hpp>

#include <algorithm>

namespace gatehouse::delivery {

queue_budget::queue_budget(const config::queue_settings& settings,
                           events::event_type_registry& types)
    : types_(types), interaction_(types.intern("INTERACTION_CREATE")) {
  apply(settings);
}

queue_budget::~queue_budget() {
  for_each_queue([](age_queue& queue) { queue.clear(); });
}

void queue_budget::apply(const config::queue_settings& settings) {
  limit_ = settings.memory_bytes;
  max_age_ = settings.max_age;
  // An event is looked for in the queue of its rank.
  std::vector<events::event*> waiting;
  for_each_queue([&](age_queue& queue) {
    for (auto& event : queue) waiting.push_back(&event);
    queue.clear();
  });
  std::sort(waiting.begin(), waiting.end(),
            [](const auto* a, const auto* b) { return a->position < b->position; });
  ranks_.clear();
  for (const auto& name : settings.shed) set_rank(types_.intern(name), rank::shed_first);
  set_rank(interaction_, rank::last_resort);
  for (auto* event : waiting) queue_of(*event).push_back(*event);
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
  added.is_oversized = added.memory_bytes() > limit_;
  if (added.is_oversized) oversized_ += added.memory_bytes();
  if (!added.is_barrier) queue_of(added).push_back(added);
}

void queue_budget::start_delivery(events::event& taken) {
  taken.is_under_way = true;
  if (taken.age_hook.is_linked()) {
    age_queue& queue = queue_of(taken);
    queue.erase(queue.iterator_to(taken));
  }
}

void queue_budget::wait_again(events::event& returned) {
  returned.is_under_way = false;
  if (!returned.is_barrier) queue_of(returned).push_front(returned);
}

void queue_budget::move(events::event& waiting, std::uint16_t target) {
  const bool is_listed = waiting.age_hook.is_linked();
  if (is_listed) start_delivery(waiting);
  waiting.target = target;
  waiting.is_under_way = false;
  if (is_listed) queue_of(waiting).push_back(waiting);
}

void queue_budget::forget(events::event& gone) {
  start_delivery(gone);
  bytes_ -= gone.memory_bytes();
  if (gone.is_oversized) oversized_ -= gone.memory_bytes();
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

events::event* queue_budget::victim() noexcept {
  for (const rank each : {rank::shed_first, rank::ordinary, rank::last_resort}) {
    if (events::event* oldest = oldest_of(each)) return oldest;
  }
  return nullptr;
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

std::optional<drop_reason> queue_budget::overdue(const events::event& event,
                                                 runtime::time_point now) const noexcept {
  if (event.is_barrier) return std::nullopt;  // READY and GATEHOUSE_GAP are never dropped
  const auto age = now - event.received;
  if (event.type == interaction_ && age > interaction_lifetime) return drop_reason::token_expired;
  if (max_age_ > runtime::duration::zero() && age > max_age_) return drop_reason::too_old;
  return std::nullopt;
}

events::event* queue_budget::next_overdue(runtime::time_point now) noexcept {
  events::event* found = nullptr;
  for_each_queue([&](age_queue& queue) {
    if (!queue.empty() && overdue(queue.front(), now)) found = &queue.front();
  });
  return found;
}

}  // namespace gatehouse::delivery
