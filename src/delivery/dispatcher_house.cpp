#include "dispatcher_impl.hpp"

#include <gatehouse/runtime/wall_clock.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

/// The part of the dispatcher that is driven by time, and its end.
namespace gatehouse::delivery {

namespace {

constexpr runtime::seconds sweep_period{1};
/// Duties are not looked at more often than this: what comes due meanwhile is done together.
constexpr runtime::milliseconds least_pause{10};

}  // namespace

/// When something is to be looked after; the timer runs only then.
runtime::time_point dispatcher::impl::next_duty(runtime::time_point now) const {
  auto due = std::min(unanswered_.next_due(), spooled_.next_due(now));
  if (budget_.bytes() > 0 || spooled_.rows() > 0 || drops_.has_untold()) {
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
  answer_due(now);
  spooled_.pump(now);
  if (now >= next_sweep_) {
    next_sweep_ = now + sweep_period;
    while (const auto overdue = budget_.overdue(now)) drop(*overdue.event, overdue.reason, now);
    spooled_.purge_overdue(runtime::unix_ms_of(now));
    drops_.summarize(now, [this](events::event_type type, drop_reason reason, std::uint64_t count) {
      told_.dropped(types_.name(type), reason, count);
    });
  }
  keep_house(now);
}

void dispatcher::impl::operation_ended() {
  --disk_operations_;
  check_stopped();
}

void dispatcher::impl::begin_stop(runtime::time_point deadline, std::function<void()> when_stopped,
                                  runtime::duration disk_grace) {
  disk_grace_ = disk_grace;
  now_in_ = phase::finishing_requests;
  stopped_ = std::move(when_stopped);
  housekeeping_.cancel();
  ++own_operations_;
  stop_timer_.expires_at(deadline);
  stop_timer_.async_wait([this](const boost::system::error_code& error) {
    for (auto& each : targets_) each.close_all();
    if (!error) being_answered_.clear();  // no longer waited for
    --own_operations_;
    check_stopped();
  });
  for (auto& each : targets_) each.begin_stop();
  check_stopped();
}

void dispatcher::impl::check_stopped() {
  if (!stopped_) return;
  if (now_in_ == phase::finishing_requests) {
    const bool are_quiet = std::all_of(targets_.begin(), targets_.end(),
                                       [](const auto& each) { return each.is_quiet(); });
    // What is being answered is stored with its answer.
    if (!are_quiet || !being_answered_.empty()) return;
    now_in_ = phase::writing;
    spooled_.write_all();
    stop_timer_.expires_after(disk_grace_);  // ends the wait for the requests too
    ++own_operations_;
    stop_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) now_in_ = phase::stopped;
      --own_operations_;
      check_stopped();
    });
    return;
  }
  if (now_in_ == phase::writing && disk_operations_ == 0) {
    now_in_ = phase::stopped;
    stop_timer_.cancel();
  }
  // A disk that does not answer is not waited for; what it still says is heard by nobody.
  if (now_in_ == phase::stopped && own_operations_ == 0) finish_stop();
}

/// As if they had just arrived.
std::vector<events::event_ptr> dispatcher::impl::take_left() {
  std::vector<events::event*> left;
  for (auto& each : targets_) each.list_waiting(left);
  spooled_.list_lined_up(left);
  std::erase_if(left,
                [](const auto* event) { return event->spooled == events::event::copy::written; });
  std::sort(left.begin(), left.end(),
            [](const auto* a, const auto* b) { return a->position < b->position; });
  std::vector<events::event_ptr> taken;
  taken.reserve(left.size());
  for (auto* event : left) {
    if (event->is_held && !event->is_lined_up) target_of(*event).release(*event);
    budget_.forget(*event);
    taken.push_back(event->is_lined_up ? spooled_.discard(*event)
                                       : target_of(*event).discard(*event));
    event->spool_hook.unlink();
    event->watch_hook.unlink();
    event->spooled = events::event::copy::none;
    event->is_held = event->is_loaded = event->is_unwanted = event->is_lined_up = false;
    if (event->answered == events::event::answer::under_way) {
      event->answered = events::event::answer::none;
    }
  }
  return taken;
}

void dispatcher::impl::finish_stop() {
  for (const auto& [shard_id, count] : undelivered()) {
    told_.left_queued(shard_id, count.all, count.safe);
  }
  boost::asio::post(io_, std::exchange(stopped_, nullptr));
}

}  // namespace gatehouse::delivery
