#pragma once

#include <gatehouse/events/event_type.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace gatehouse::delivery {

enum class drop_reason : std::uint8_t {
  queue_full,     ///< the queue's bounds, in memory and on disk
  too_old,        ///< older than `queue.max_age_s`
  token_expired,  ///< an interaction whose token Discord accepts no more
};

/// Counts dropped events by name and reason, and decides when to tell: the first at once, then one
/// summary each `summary_interval`. Pure: `now` is handed in.
class drop_log {
 public:
  static constexpr runtime::seconds summary_interval{10};

  struct entry {
    events::event_type type{};
    drop_reason reason{};
    std::uint64_t total = 0;
    std::uint64_t untold = 0;
    runtime::time_point told{};
  };

  /// So many more. Returns how many drops are to be told now; 0: none.
  std::uint64_t count(events::event_type type, drop_reason reason, std::uint64_t events,
                      runtime::time_point now) {
    entry& counted = find(type, reason);
    const bool is_first = counted.total == 0;
    counted.total += events;
    counted.untold += events;
    untold_ += events;
    return is_first ? tell(counted, now) : tell_if_due(counted, now);
  }

  /// Calls `tell(type, reason, count)` for what has been kept back long enough.
  template <class Tell>
  void summarize(runtime::time_point now, Tell&& tell) {
    for (auto& known : entries_) {
      if (const auto count = tell_if_due(known, now)) tell(known.type, known.reason, count);
    }
  }

  [[nodiscard]] bool has_untold() const noexcept { return untold_ > 0; }
  [[nodiscard]] const std::vector<entry>& entries() const noexcept { return entries_; }

 private:
  entry& find(events::event_type type, drop_reason reason) {
    for (auto& known : entries_) {
      if (known.type == type && known.reason == reason) return known;
    }
    return entries_.emplace_back(entry{type, reason, 0, 0, {}});
  }
  std::uint64_t tell_if_due(entry& counted, runtime::time_point now) noexcept {
    return now - counted.told < summary_interval ? 0 : tell(counted, now);
  }
  std::uint64_t tell(entry& counted, runtime::time_point now) noexcept {
    if (counted.untold == 0) return 0;
    counted.told = now;
    untold_ -= counted.untold;
    return std::exchange(counted.untold, 0);
  }

  std::vector<entry> entries_;  ///< few: names that are dropped at all
  std::uint64_t untold_ = 0;
};

}  // namespace gatehouse::delivery
