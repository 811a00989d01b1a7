#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/delivery/drop_log.hpp>
#include <gatehouse/events/event.hpp>
#include <gatehouse/events/event_type.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/event_block.hpp>

#include <boost/intrusive/list.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
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

  using rank = storage::event_rank;

  queue_budget(const config::queue_settings& settings, events::event_type_registry& types);
  ~queue_budget();
  queue_budget(const queue_budget&) = delete;
  queue_budget& operator=(const queue_budget&) = delete;

  /// Other settings from now on. What waits is ranked anew.
  void apply(const config::queue_settings& settings);

  /// A new event waits. Of a shard and URL, they come in the order of position.
  void admit(events::event& added);
  /// It is in a request now; not to be dropped until `wait_again`.
  void start_delivery(events::event& taken);
  /// What was taken last returns first.
  void wait_again(events::event& returned);
  /// It waits for another target from now on.
  void move(events::event& waiting, std::uint16_t target);
  /// It is delivered, refused, dropped, or on disk only.
  void forget(events::event& gone);

  [[nodiscard]] rank rank_of(events::event_type type) const noexcept;

  /// The event to drop next; null: there is none that may be.
  [[nodiscard]] events::event* victim() noexcept;
  /// Why an event must not be delivered any more, if so.
  [[nodiscard]] std::optional<drop_reason> overdue(const events::event& event,
                                                   runtime::time_point now) const noexcept;
  /// An event that has waited too long; null: none.
  [[nodiscard]] events::event* next_overdue(runtime::time_point now) noexcept;
  /// When the oldest droppable event that waits for this target arrived; `time_point::max()`: none.
  [[nodiscard]] runtime::time_point oldest_arrival(std::size_t target) const noexcept;

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t limit() const noexcept { return limit_; }
  /// By how much the bound is exceeded, apart from events that alone exceed it.
  [[nodiscard]] std::uint64_t excess() const noexcept {
    const auto counted = bytes_ - oversized_;
    return counted > limit_ ? counted - limit_ : 0;
  }
  /// Whether more than so many eighths of the memory are used.
  [[nodiscard]] bool exceeds(std::uint64_t eighths) const noexcept {
    return bytes_ > limit_ / 8 * eighths;
  }

 private:
  using age_queue = boost::intrusive::list<
      events::event,
      boost::intrusive::member_hook<events::event, events::event::hook, &events::event::age_hook>,
      boost::intrusive::constant_time_size<false>>;
  /// Each in the order of arrival. What was read back from the disk comes in that order too, but
  /// later than events that are newer.
  struct age_queues {
    age_queue fresh;
    age_queue loaded;
  };
  static constexpr std::size_t ranks = 3;
  using target_queues = std::array<age_queues, ranks>;

  template <class Visitor>
  void for_each_queue(Visitor&& visit) {
    for (auto& by_rank : waiting_) {
      for (auto& queues : by_rank) {
        visit(queues.fresh);
        visit(queues.loaded);
      }
    }
  }

  [[nodiscard]] events::event* oldest_of(rank wanted) noexcept;
  [[nodiscard]] age_queue& queue_of(const events::event& event);
  void set_rank(events::event_type type, rank value);

  events::event_type_registry& types_;
  const events::event_type interaction_;
  std::uint64_t limit_ = 0;
  runtime::duration max_age_{};  ///< zero: none
  std::uint64_t bytes_ = 0;
  std::uint64_t oversized_ = 0;         ///< of them, of events that alone exceed the bound
  std::vector<rank> ranks_;             ///< by event type; beyond its end: ordinary
  std::vector<target_queues> waiting_;  ///< by target
};

}  // namespace gatehouse::delivery
