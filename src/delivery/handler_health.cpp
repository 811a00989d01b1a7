#include <gatehouse/delivery/handler_health.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::delivery {

bool handler_health::succeeded(bool was_probe, runtime::time_point now) {
  failures_in_row_ = 0;
  // While it is down, the late answers of earlier requests say nothing about now.
  if (state_ == health_state::up || !was_probe) return false;
  state_ = health_state::up;
  since_ = now;
  pauses_made_ = 0;
  return true;
}

bool handler_health::failed(const verdict& why, std::string text, bool was_probe,
                            runtime::time_point now) {
  last_error_ = std::move(text);
  if (state_ == health_state::up) {
    ++failures_in_row_;
    if (!why.is_down_at_once && failures_in_row_ < failures_to_down) return false;
    state_ = health_state::down;
    since_ = now;
    failures_in_row_ = 0;
    plan_probe(why, now);
    return true;
  }
  if (was_probe) {
    state_ = health_state::down;
    plan_probe(why, now);
  } else if (why.wait) {
    next_probe_ = std::max(next_probe_, now + *why.wait);
  }
  return false;
}

void handler_health::plan_probe(const verdict& why, runtime::time_point now) {
  const runtime::duration pause = pauses_(++pauses_made_);
  next_probe_ = now + std::max(pause, why.wait.value_or(runtime::duration::zero()));
}

}  // namespace gatehouse::delivery
