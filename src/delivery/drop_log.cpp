#include <gatehouse/delivery/drop_log.hpp>

#include <algorithm>

namespace gatehouse::delivery {

drop_log::entry& drop_log::find(events::event_type type, drop_reason reason) {
  const auto known = std::find_if(entries_.begin(), entries_.end(), [&](const entry& e) {
    return e.type == type && e.reason == reason;
  });
  if (known != entries_.end()) return *known;
  return entries_.emplace_back(entry{type, reason, 0, 0, {}});
}

std::uint64_t drop_log::count(events::event_type type, drop_reason reason, std::uint64_t events,
                              runtime::time_point now) {
  entry& counted = find(type, reason);
  const bool is_first = counted.total == 0;
  counted.total += events;
  counted.untold += events;
  untold_ += events;
  if (!is_first && now - counted.told < summary_interval) return 0;
  const std::uint64_t told = counted.untold;
  untold_ -= told;
  counted.untold = 0;
  counted.told = now;
  return told;
}

}  // namespace gatehouse::delivery
