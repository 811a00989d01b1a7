#pragma once

#include <gatehouse/events/event_type.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
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
                      runtime::time_point now);

  /// Calls `tell(type, reason, count)` for what has been kept back long enough.
  template <class Tell>
  void summarize(runtime::time_point now, Tell&& tell) {
    for (auto& known : entries_) {
      if (known.untold == 0 || now - known.told < summary_interval) continue;
      tell(known.type, known.reason, known.untold);
      untold_ -= known.untold;
      known.untold = 0;
      known.told = now;
    }
  }

  [[nodiscard]] bool has_untold() const noexcept { return untold_ > 0; }
  [[nodiscard]] const std::vector<entry>& entries() const noexcept { return entries_; }

 private:
  entry& find(events::event_type type, drop_reason reason);

  std::vector<entry> entries_;  ///< few: names that are dropped at all
  std::uint64_t untold_ = 0;
};

}  // namespace gatehouse::delivery
