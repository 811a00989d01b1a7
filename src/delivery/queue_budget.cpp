#include <gatehouse/delivery/queue_budget.hpp>

#include <algorithm>

namespace gatehouse::delivery {

queue_budget::queue_budget(const config::queue_settings& settings,
                           events::event_type_registry& types)
    : limit_(settings.memory_bytes), max_age_(settings.max_age) {
  for (const auto& name : settings.shed) set_rank(types.intern(name), shed_first);
  set_rank(types.intern("INTERACTION_CREATE"), last_resort);
}

queue_budget::~queue_budget() {
  for (auto& queue : waiting_) queue.clear();
}

void queue_budget::set_rank(events::event_type type, rank value) {
  const auto index = static_cast<std::size_t>(type);
  if (index >= ranks_.size()) ranks_.resize(index + 1, ordinary);
  ranks_[index] = value;
}

queue_budget::age_queue& queue_budget::queue_of(const events::event& event) noexcept {
  const auto index = static_cast<std::size_t>(event.type);
  return waiting_[index < ranks_.size() ? ranks_[index] : ordinary];
}

void queue_budget::admit(events::event& added) {
  bytes_ += added.memory_bytes();
  if (added.is_barrier) return;
  auto& queue = queue_of(added);
  if (queue.empty() || queue.back().received <= added.received) {
    queue.push_back(added);
  } else {
    wait_again(added);
  }
}

void queue_budget::start_delivery(events::event& taken) noexcept {
  if (!taken.age_hook.is_linked()) return;
  auto& queue = queue_of(taken);
  queue.erase(queue.iterator_to(taken));
}

void queue_budget::wait_again(events::event& returned) noexcept {
  if (returned.is_barrier) return;
  // What returns is mostly among the oldest, so the search from the front is short.
  auto& queue = queue_of(returned);
  const auto younger = std::find_if(queue.begin(), queue.end(), [&](const events::event& waiting) {
    return waiting.received >= returned.received;
  });
  queue.insert(younger, returned);
}

void queue_budget::forget(events::event& gone) noexcept {
  start_delivery(gone);
  bytes_ -= gone.memory_bytes();
}

events::event* queue_budget::victim() noexcept {
  if (bytes_ <= limit_) return nullptr;
  for (auto& queue : waiting_) {
    if (!queue.empty()) return &queue.front();
  }
  return nullptr;
}

queue_budget::overdue_event queue_budget::overdue(runtime::time_point now) noexcept {
  if (max_age_ > runtime::duration::zero()) {
    for (auto& queue : waiting_) {
      if (!queue.empty() && now - queue.front().received > max_age_) {
        return {&queue.front(), drop_reason::too_old};
      }
    }
  }
  auto& interactions = waiting_[last_resort];
  if (!interactions.empty() && now - interactions.front().received > interaction_lifetime) {
    return {&interactions.front(), drop_reason::token_expired};
  }
  return {};
}

bool queue_budget::congested(std::uint64_t bytes_at_live_handlers) noexcept {
  const std::uint64_t threshold = congested_ ? limit_ / 8 * 3 : limit_ / 2;
  congested_ = bytes_at_live_handlers > threshold;
  return congested_;
}

}  // namespace gatehouse::delivery
