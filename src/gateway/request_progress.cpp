#include <gatehouse/gateway/request_progress.hpp>

#include <algorithm>

namespace gatehouse::gateway {

void request_progress::on_sent(runtime::time_point now) noexcept {
  stage_ = stage::sent;
  has_news_ = false;
  due_ = now + idle;
}

void request_progress::on_news(runtime::time_point now) noexcept {
  has_news_ = true;
  if (stage_ == stage::sent) due_ = now + idle;
  if (stage_ == stage::replaying) due_ = now + replay_idle;
}

bool request_progress::on_limited(runtime::time_point until) noexcept {
  stage_ = stage::limited;
  due_ = until;
  return until < end_;
}

void request_progress::on_connection_lost() noexcept {
  if (stage_ == stage::sent || stage_ == stage::replaying) stage_ = stage::interrupted;
}

void request_progress::on_resumed(runtime::time_point now) noexcept {
  if (stage_ != stage::interrupted) return;
  stage_ = stage::replaying;
  due_ = now + replay_idle;
}

bool request_progress::on_new_session() noexcept {
  if (stage_ != stage::interrupted) return false;
  stage_ = stage::queued;
  return true;
}

request_progress::step request_progress::check(runtime::time_point now) noexcept {
  if (now >= end_) return step::give_up;
  switch (stage_) {
    case stage::queued:
    case stage::interrupted:
      return step::wait;
    case stage::sent:
      return now < due_ ? step::wait : step::give_up;
    case stage::replaying:
    case stage::limited:
      break;
  }
  if (now < due_) return step::wait;
  stage_ = stage::queued;
  return step::repeat;
}

runtime::time_point request_progress::deadline() const noexcept {
  const bool has_due = stage_ != stage::queued && stage_ != stage::interrupted;
  return has_due ? std::min(due_, end_) : end_;
}

}  // namespace gatehouse::gateway
