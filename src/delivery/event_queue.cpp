#include <gatehouse/delivery/event_queue.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::delivery {

/// Closes the gaps; into twice the room, unless half of it was gaps.
void event_queue::grow() {
  const bool has_gaps = live_ * 2 <= slots_.size() && !slots_.empty();
  const std::size_t capacity =
      std::max(first_capacity, has_gaps ? slots_.size() : 2 * slots_.size());
  std::vector<events::event*> roomy(capacity, nullptr);
  std::uint32_t count = 0;
  for (std::uint32_t place = head_; place != tail_; ++place) {
    events::event* const kept = slot(place);
    if (kept == nullptr) continue;
    roomy[count] = kept;
    kept->place = count++;
  }
  slots_ = std::move(roomy);
  head_ = 0;
  tail_ = count;
}

void event_queue::shrink() noexcept {
  if (slots_.size() > kept_capacity) slots_ = {};
}

}  // namespace gatehouse::delivery
