#include <gatehouse/gateway/send_limiter.hpp>

#include <algorithm>

namespace gatehouse::gateway {

namespace {

constexpr std::size_t least_reserve = 3;
/// Intervals this short occur with simulators only; commands must get through all the same.
constexpr std::size_t most_reserve = 90;
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

send_limiter::send_limiter()
    : heartbeats_(window), others_(window), presences_(presence_window), reserve_(least_reserve) {
  set_heartbeat_interval(usual_interval);
}

void send_limiter::reset() noexcept {
  heartbeats_.clear();
  others_.clear();
  presences_.clear();
}

void send_limiter::set_heartbeat_interval(runtime::milliseconds interval) noexcept {
  const auto step = std::max<std::int64_t>(1, interval.count());
  const auto per_window = (runtime::milliseconds(window).count() + step - 1) / step;
  reserve_ = std::clamp(static_cast<std::size_t>(2 * per_window), least_reserve, most_reserve);
}

runtime::time_point send_limiter::ready_at(kind what, runtime::time_point now) {
  if (what == kind::heartbeat) return now;
  const std::size_t beats = std::clamp(heartbeats_.count(now), least_reserve, most_reserve);
  const std::size_t kept = what == kind::session ? least_reserve : std::max(reserve_, beats);
  const auto ready = others_.below(frames_per_window - kept, now);
  if (what != kind::presence) return ready;
  return std::max(ready, presences_.below(presences_per_window, now));
}

void send_limiter::sent(kind what, runtime::time_point now) {
  (what == kind::heartbeat ? heartbeats_ : others_).add(now);
  if (what == kind::presence) presences_.add(now);
}

}  // namespace gatehouse::gateway
