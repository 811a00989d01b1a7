#pragma once

#include <gatehouse/events/event.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <cstddef>

namespace gatehouse::delivery {

/// The interactions that nobody has answered yet, and when gatehouse has to do so. Pure: `now` is
/// handed in. Does not own the events.
///
/// One that waits behind others is due at half the deadline: its handler needs time too. One that
/// its handler has before it is due at the deadline.
class interaction_watch {
 public:
  explicit interaction_watch(runtime::duration deadline) noexcept : deadline_(deadline) {}
  void set_deadline(runtime::duration deadline) noexcept { deadline_ = deadline; }
  /// Events leave by themselves when they are destroyed.
  void add(events::event& arrived) { early_.push_back(arrived); }

  /// One that is due, taken out; null: none.
  events::event* take_due(runtime::time_point now) noexcept {
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
  /// When to ask again; `time_point::max()` without any.
  [[nodiscard]] runtime::time_point next_due() const noexcept {
    auto due = runtime::time_point::max();
    if (!early_.empty()) due = early_.front().received + deadline_ / 2;
    if (!late_.empty())
      due = std::min<runtime::time_point>(due, late_.front().received + deadline_);
    return due;
  }

  /// Takes out all those of a target and calls `visit(events::event&)` for each.
  template <class Visitor>
  void take_all_of(std::size_t target, Visitor&& visit) {
    for (watch_list* list : {&late_, &early_}) {
      for (auto place = list->begin(); place != list->end();) {
        events::event& watched = *place;
        if (watched.target == target) {
          place = list->erase(place);
          visit(watched);
        } else {
          ++place;
        }
      }
    }
  }

 private:
  using watch_list = boost::intrusive::list<
      events::event,
      boost::intrusive::member_hook<events::event, events::event::leaving_hook,
                                    &events::event::watch_hook>,
      boost::intrusive::constant_time_size<false>>;

  runtime::duration deadline_;
  watch_list early_;  ///< by arrival
  watch_list late_;   ///< past half the deadline, under way then; by arrival
};

}  // namespace gatehouse::delivery
