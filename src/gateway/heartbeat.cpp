#include <gatehouse/gateway/heartbeat.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::gateway {

void heartbeat::start(runtime::milliseconds interval, double jitter,
                      runtime::time_point now) noexcept {
  interval_ = interval;
  pace_ = interval;
  due_ = now + std::chrono::duration_cast<runtime::duration>(
                   std::chrono::duration<double, std::milli>(interval) * jitter);
  unanswered_since_.reset();
  unacknowledged_since_.reset();
  heard_since_beat_ = true;
}

void heartbeat::on_ack(runtime::time_point now) noexcept {
  last_ack_ = now;
  unacknowledged_since_.reset();
  if (!unanswered_since_) return;
  rtt_ = std::chrono::duration_cast<runtime::milliseconds>(now - *unanswered_since_);
  unanswered_since_.reset();
}

void heartbeat::on_requested_beat(runtime::time_point now) noexcept {
  // Its answer may come after the next regular beat is due, so it says nothing about life or death.
  if (!unanswered_since_) unanswered_since_ = now;
}

heartbeat::verdict heartbeat::check(runtime::time_point now) noexcept {
  if (!due_ || now < *due_) return verdict::not_due;
  // Beats that come sooner than Discord has asked for do not make it answer sooner.
  if (!heard_since_beat_ && now - silent_since_ >= interval_) return verdict::zombie;
  if (unacknowledged_since_ && now - *unacknowledged_since_ >= most_unacknowledged * interval_) {
    return verdict::unacknowledged;
  }
  if (!unacknowledged_since_) unacknowledged_since_ = *due_;
  if (std::exchange(heard_since_beat_, false)) silent_since_ = *due_;
  unanswered_since_ = now;
  // Beats keep their rhythm; after a stall (a suspended machine) they start a new one instead of
  // catching up.
  *due_ += interval_;
  if (*due_ <= now) due_ = now + interval_;
  return verdict::beat;
}

void heartbeat::shorten(runtime::milliseconds next, runtime::time_point now) noexcept {
  if (!due_) return;
  pace_ = std::min(next, interval_);
  due_ = std::min<runtime::time_point>(*due_, now + pace_);
}

}  // namespace gatehouse::gateway
