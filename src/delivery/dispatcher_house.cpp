#include "dispatcher_impl.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

/// The part of the dispatcher that is driven by time, that holds Discord back, and its end.
namespace gatehouse::delivery {

namespace {

constexpr runtime::milliseconds sweep_period{500};
/// Duties are not looked at more often than this: what comes due meanwhile is done together.
constexpr runtime::milliseconds least_pause{10};
constexpr runtime::milliseconds longest_hold{500};

}  // namespace

/// When something is to be looked after; the timer runs only then.
runtime::time_point dispatcher::impl::next_duty(runtime::time_point now) const {
  auto due = std::min(unanswered_.next_due(), backlog_.next_due(now));
  if (budget_.bytes() > 0 || backlog_.behind() > 0 || backlog_.has_marks() || drops_.has_untold()) {
    due = std::min(due, std::max(next_sweep_, now));
  }
  return due;
}

void dispatcher::impl::keep_house(runtime::time_point now) {
  if (now_in_ != phase::running) return;
  const auto due = std::max<runtime::time_point>(next_duty(now), now + least_pause);
  if (due >= house_due_) return;
  house_due_ = due;
  ++own_operations_;
  housekeeping_.expires_at(house_due_);
  housekeeping_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      house_due_ = runtime::time_point::max();
      on_housekeeping(runtime::clock::now());
    }
    --own_operations_;
    check_stopped();
  });
}

void dispatcher::impl::on_housekeeping(runtime::time_point now) {
  if (now_in_ != phase::running) return;
  answer_due(now);
  backlog_.pump(now);
  if (now >= next_sweep_) {
    next_sweep_ = now + sweep_period;
    while (auto* const overdue = budget_.next_overdue(now)) {
      drop(*overdue, *budget_.overdue(*overdue, now), now);
    }
    backlog_.write_marks();
    drops_.summarize(now, [this](events::event_type type, drop_reason reason, std::uint64_t count) {
      told_.dropped(types_.name(type), reason, count);
    });
  }
  send_new(now);
}

/// Only whose events fill the memory is slowed down, for what others send goes elsewhere; but all
/// are before anything has to be dropped.
bool dispatcher::impl::congested(int shard_id) noexcept {
  if (!is_crowded(runtime::clock::now())) return false;
  if (budget_.excess() <= most_in_excess / 2 && !backlog_.fills_memory(shard_id)) return false;
  was_congested_ = true;
  return true;
}

/// Slowing Discord down helps while the disk cannot follow. Without one it helps for a moment,
/// where handlers are at work; after that the bound decides, for nothing may wait unread for long.
bool dispatcher::impl::is_crowded(runtime::time_point now) noexcept {
  return backlog_.is_working(now) ? budget_.exceeds(7) && backlog_.is_behind()
                                  : is_to_be_held_back(now);
}

/// Once for `longest_hold`, until there is clearly more room. What piles up for a handler that is
/// down would only hold back the others.
bool dispatcher::impl::is_to_be_held_back(runtime::time_point now) noexcept {
  const std::uint64_t threshold = budget_.limit() / 8 * (held_back_since_ ? 4 : 5);
  std::uint64_t at_work = 0;
  if (budget_.bytes() > threshold) {
    for_each_target([&](const target& each) {
      if (each.is_up() && each.has_requests()) at_work += each.bytes();
    });
  }
  if (at_work <= threshold) {
    held_back_since_.reset();
    return false;
  }
  if (!held_back_since_) held_back_since_ = now;
  return now - *held_back_since_ < longest_hold;
}

void dispatcher::impl::tell_when_clear() {
  if (is_crowded(runtime::clock::now())) return;
  was_congested_ = false;
  if (chosen_.on_clear) chosen_.on_clear();
}

void dispatcher::impl::check_progress() {
  if (now_in_ != phase::running) return;
  const auto now = runtime::clock::now();
  for_each_target([now](target& each) { each.check_progress(now); });
  if (was_congested_) tell_when_clear();
}

/// A target cannot end within its own completion.
void dispatcher::impl::on_quiet() {
  if (now_in_ != phase::running) return check_stopped();
  if (std::exchange(is_check_posted_, true)) return;
  ++own_operations_;
  boost::asio::post(io_, [this] {
    is_check_posted_ = false;
    check_left();
    --own_operations_;
    check_stopped();
  });
}

void dispatcher::impl::begin_stop(runtime::time_point deadline,
                                  std::function<void()> when_stopped) {
  now_in_ = phase::finishing_requests;
  stopped_ = std::move(when_stopped);
  housekeeping_.cancel();
  leave_timer_.cancel();
  ++own_operations_;
  stop_timer_.expires_at(deadline);
  stop_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && now_in_ == phase::finishing_requests) end_requests();
    --own_operations_;
    check_stopped();
  });
  for_each_target([](target& each) { each.begin_stop(); });
  check_stopped();
}

/// What has not ended by now is undelivered, whatever it waits for.
void dispatcher::impl::end_requests() {
  for_each_target([](target& each) { each.close_all(); });
  being_answered_.clear();
  write_rest();
}

void dispatcher::impl::write_rest() {
  now_in_ = phase::writing;
  backlog_.write_all();
  ++own_operations_;
  stop_timer_.expires_after(spool_grace);  // ends the wait for the requests too
  stop_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) now_in_ = phase::stopped;
    --own_operations_;
    check_stopped();
  });
}

void dispatcher::impl::check_stopped() {
  if (!stopped_) return;
  if (now_in_ == phase::finishing_requests) {
    const bool has_requests = std::any_of(targets_.begin(), targets_.end(), [](const auto& each) {
      return each && each->has_requests();
    });
    // What is being answered is stored with its answer.
    if (has_requests || !being_answered_.empty() || !letters_.empty()) return;
    for_each_target([](target& each) { each.close_all(); });
    return write_rest();
  }
  const bool is_writing =
      port_ && (port_->under_way() > 0 || backlog_.is_writing(runtime::clock::now()));
  if (now_in_ == phase::writing && !is_writing) {
    now_in_ = phase::stopped;
    stop_timer_.cancel();
  }
  // A disk that does not answer is not waited for; what it still says is heard by nobody.
  const bool are_quiet = std::all_of(targets_.begin(), targets_.end(),
                                     [](const auto& each) { return !each || each->is_quiet(); });
  if (now_in_ == phase::stopped && own_operations_ == 0 && are_quiet) finish_stop();
}

void dispatcher::impl::finish_stop() {
  for (const auto& [shard_id, count] : undelivered()) {
    told_.left_queued(shard_id, count.all, count.safe);
  }
  boost::asio::post(io_, std::exchange(stopped_, nullptr));
}

}  // namespace gatehouse::delivery
