#include <gatehouse/gateway/send_limiter.hpp>

#include <algorithm>

namespace gatehouse::gateway {

namespace {

constexpr std::size_t least_reserve = 3;
/// Intervals this short occur with simulators only; commands must get through all the same.
constexpr std::size_t most_scheduled = 45;
constexpr runtime::milliseconds usual_interval{41'250};

}  // namespace

void sliding_window::add(runtime::time_point now) {
  forget_old(now);
  moments_.push_back(now);
}

std::size_t sliding_window::count(runtime::time_point now) {
  forget_old(now);
  return moments_.size();
}

void sliding_window::forget_old(runtime::time_point now) {
  while (!moments_.empty() && moments_.front() + span_ <= now) moments_.pop_front();
}

runtime::time_point sliding_window::below(std::size_t limit, runtime::time_point now) {
  const std::size_t used = count(now);
  return used < limit ? now : moments_[used - limit] + span_;
}

send_limiter::send_limiter() : frames_(window), presences_(presence_window), scheduled_(0) {
  set_heartbeat_interval(usual_interval);
}

void send_limiter::reset() noexcept {
  frames_.clear();
  presences_.clear();
}

void send_limiter::set_heartbeat_interval(runtime::milliseconds interval) noexcept {
  const auto step = std::max<std::int64_t>(1, interval.count());
  const auto per_window = (runtime::milliseconds(window).count() + step - 1) / step;
  scheduled_ = std::min(static_cast<std::size_t>(per_window), most_scheduled);
}

runtime::time_point send_limiter::ready_at(kind what, runtime::time_point now) {
  if (what == kind::heartbeat) return now;
  // A window may hold one more beat than fit into it side by side.
  const std::size_t kept = what == kind::requested_heartbeat ? scheduled_ + 1
                           : what == kind::session           ? least_reserve
                                                   : std::max(2 * scheduled_, least_reserve);
  const auto ready = frames_.below(frames_per_window - kept, now);
  if (what != kind::presence) return ready;
  return std::max(ready, presences_.below(presences_per_window, now));
}

void send_limiter::sent(kind what, runtime::time_point now) {
  if (what != kind::heartbeat) frames_.add(now);
  if (what == kind::presence) presences_.add(now);
}

}  // namespace gatehouse::gateway
