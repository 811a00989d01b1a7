#include <gatehouse/events/overlap.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::events {

overlap::overlap(runtime::time_point since, runtime::duration window)
    : since_(since), window_(window) {}

void overlap::note_lag(runtime::duration lag) noexcept {
  ++matched_;
  longest_lag_ = std::max(longest_lag_, lag < runtime::duration::zero() ? -lag : lag);
}

void overlap::on_forwarded(const forwarded_copy& copy) {
  excess& known = excess_[copy.key];
  if (known.held.empty()) {
    known.forwarded.push_back(copy.at);
    return;
  }
  const ticket oldest = known.held.front();
  known.held.erase(known.held.begin());
  if (known.held.empty()) excess_.erase(copy.key);
  release(oldest, copy.at);
}

/// Its copy was forwarded: nobody waits for it any more.
void overlap::release(ticket number, runtime::time_point forwarded_at) {
  auto& place = held_[static_cast<std::size_t>(number - first_ticket_)];
  note_lag(forwarded_at - place->content.received());
  --held_count_;
  held_bytes_ -= place->content.bytes();
  settled_.push_back(std::move(place->content));
  place.reset();
  while (!held_.empty() && !held_.front()) {
    held_.pop_front();
    ++first_ticket_;
  }
}

overlap::fate overlap::on_received(content_key key, runtime::time_point now) {
  if (const auto known = excess_.find(key);
      known != excess_.end() && !known->second.forwarded.empty()) {
    auto& moments = known->second.forwarded;
    note_lag(now - moments.front());
    moments.erase(moments.begin());
    if (moments.empty()) excess_.erase(known);
    return fate::dropped;
  }
  return is_serving_ ? fate::passed : fate::held;
}

void overlap::hold(content_key key, held_dispatch held) {
  excess_[key].held.push_back(first_ticket_ + held_.size());
  ++held_count_;
  held_bytes_ += held.content.bytes();
  held_.emplace_back(std::move(held));
}

bool overlap::repeats_the_past(const held_dispatch& held) const noexcept {
  if (held.content.received() < since_ + window_) return true;
  // A guild that was slow to load, not one that has come back.
  const bool is_load = held.creation == guild_cache::creation::initial_load;
  return is_load && stopping_at_ && held.content.received() < *stopping_at_;
}

std::vector<held_dispatch> overlap::serve(runtime::time_point now) {
  is_serving_ = true;
  std::vector<held_dispatch> due;
  for (auto& place : held_) {
    if (!place) continue;
    if (repeats_the_past(*place)) {
      settled_.push_back(std::move(place->content));
    } else {
      due.push_back(std::move(*place));
    }
  }
  first_ticket_ += held_.size();
  held_.clear();
  held_count_ = 0;
  held_bytes_ = 0;
  forget_old(now);
  return due;
}

/// What was forwarded long ago and has no copy here had it before the comparison began.
void overlap::forget_old(runtime::time_point now) {
  boost::unordered::erase_if(excess_, [&](auto& entry) {
    auto& [forwarded, held] = entry.second;
    held.clear();
    std::erase_if(forwarded, [&](runtime::time_point at) { return at + window_ < now; });
    return forwarded.empty();
  });
}

std::vector<kept_dispatch> overlap::take_settled() {
  return std::exchange(settled_, {});
}

}  // namespace gatehouse::events
