#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/delivery/drop_log.hpp>
#include <gatehouse/events/event.hpp>
#include <gatehouse/events/event_type.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/event_batch.hpp>

#include <boost/intrusive/list.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gatehouse::delivery {

/// The undelivered events of one worker against `queue.memory_mb`, and which of them goes when it
/// does not suffice. Pure: `now` is handed in. Does not own the events.
///
/// Order of victims, each oldest first: types named in `queue.shed`, all others, interactions.
/// Never an event under way, never a barrier. Nothing but those can exceed the bound.
class queue_budget {
 public:
  /// How long Discord accepts an interaction's token
  /// (discord-api-docs: Interactions, Followup Messages).
  static constexpr std::chrono::minutes interaction_lifetime{15};

  struct overdue_event {
    events::event* event = nullptr;  ///< null: none
    drop_reason reason{};
    explicit operator bool() const noexcept { return event != nullptr; }
  };

  using rank = storage::event_rank;

  queue_budget(const config::queue_settings& settings, events::event_type_registry& types);
  ~queue_budget();
  queue_budget(const queue_budget&) = delete;
  queue_budget& operator=(const queue_budget&) = delete;

  /// A new event waits.
  void admit(events::event& added);
  /// It is in a request now; not to be dropped until `wait_again`.
  void start_delivery(events::event& taken);
  void wait_again(events::event& returned);
  /// It is delivered, refused or dropped.
  void forget(events::event& gone);

  [[nodiscard]] rank rank_of(events::event_type type) const noexcept;

  /// The event to drop next, or null while the bound, exceeded by at most `allowance` bytes, is
  /// kept or nothing may be dropped.
  [[nodiscard]] events::event* victim(std::uint64_t allowance = 0) noexcept;
  /// The oldest droppable event that is not an interaction; null: none.
  [[nodiscard]] events::event* oldest() noexcept;
  /// The newest droppable event that waits for this target; null: none.
  [[nodiscard]] events::event* newest(std::size_t target) noexcept;
  /// When the oldest droppable event that waits for this target arrived; `time_point::max()`: none.
  [[nodiscard]] runtime::time_point oldest_arrival(std::size_t target) const noexcept;
  /// An event that has waited too long.
  [[nodiscard]] overdue_event overdue(runtime::time_point now) noexcept;

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t limit() const noexcept { return limit_; }

  /// Whether to slow Discord down, with hysteresis: from half of the memory on, until 3/8.
  /// `bytes_at_live_handlers`: what waits for handlers that are up. What piles up for dead ones
  /// does not count: holding back live traffic would not help them.
  [[nodiscard]] bool congested(std::uint64_t bytes_at_live_handlers) noexcept;
  [[nodiscard]] bool is_congested() const noexcept { return congested_; }
  /// Below this much memory `congested` is false whatever is up.
  [[nodiscard]] bool is_clear() const noexcept { return !congested_ && bytes_ <= limit_ / 2; }

 private:
  using age_queue = boost::intrusive::list<
      events::event,
      boost::intrusive::member_hook<events::event, events::event::hook, &events::event::age_hook>,
      boost::intrusive::constant_time_size<false>>;
  /// Each in the order of arrival. What was read back from the spool comes in that order too, but
  /// later than events that are newer.
  struct age_queues {
    age_queue fresh;
    age_queue loaded;
  };
  static constexpr std::size_t ranks = 3;
  using target_queues = std::array<age_queues, ranks>;

  [[nodiscard]] events::event* oldest_of(rank wanted) noexcept;
  [[nodiscard]] age_queue& queue_of(const events::event& event);
  void set_rank(events::event_type type, rank value);

  std::uint64_t limit_;
  runtime::duration max_age_;  ///< zero: none
  std::uint64_t bytes_ = 0;
  bool congested_ = false;
  std::vector<rank> ranks_;             ///< by event type; beyond its end: ordinary
  std::vector<target_queues> waiting_;  ///< by target
};

}  // namespace gatehouse::delivery
