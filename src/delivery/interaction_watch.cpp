#include "interaction_watch.hpp"

#include <algorithm>

namespace gatehouse::delivery {

events::event* interaction_watch::take_due(runtime::time_point now) noexcept {
  if (!late_.empty() && now - late_.front().received >= deadline_) {
    events::event& due = late_.front();
    late_.pop_front();
    return &due;
  }
  while (!early_.empty() && now - early_.front().received >= deadline_ / 2) {
    events::event& half = early_.front();
    early_.pop_front();
    const bool is_waiting = !half.is_under_way;
    if (is_waiting || now - half.received >= deadline_) return &half;
    late_.push_back(half);
  }
  return nullptr;
}

runtime::time_point interaction_watch::next_due() const noexcept {
  auto due = runtime::time_point::max();
  if (!early_.empty()) due = early_.front().received + deadline_ / 2;
  if (!late_.empty()) due = std::min<runtime::time_point>(due, late_.front().received + deadline_);
  return due;
}

}  // namespace gatehouse::delivery
