#include <gatehouse/events/overlap.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::events {
namespace {

runtime::duration distance(runtime::time_point one, runtime::time_point other) noexcept {
  return one < other ? other - one : one - other;
}

/// Takes out the first one.
template <class T>
T take_front(std::vector<T>& list) {
  const T first = list.front();
  list.erase(list.begin());
  return first;
}

}  // namespace

overlap::overlap(runtime::time_point since, runtime::duration window)
    : since_(since), window_(window) {}

/// Its copy may have come before the comparison began.
bool overlap::is_early(runtime::time_point at) const noexcept {
  return at < since_ + window_;
}

/// Whether the first of those that wait on one side has had its counterpart before the comparison
/// began, so that what comes now on the other side is that of a later one.
bool overlap::is_of_the_past(runtime::time_point first, std::optional<runtime::time_point> second,
                             runtime::time_point counterpart) const noexcept {
  if (!is_early(first)) return false;
  const auto lag = distance(first, counterpart);
  return lag > window_ || (second && distance(*second, counterpart) < lag);
}

void overlap::pair(content_key key, const pairing& made) {
  ++matched_;
  longest_lag_ = std::max(longest_lag_, distance(made.received, made.forwarded));
  if (is_early(std::min(made.received, made.forwarded))) doubtful_[key] = made;
}

void overlap::on_forwarded(const forwarded_copy& copy) {
  if (const auto doubt = doubtful_.find(copy.key);
      doubt != doubtful_.end() && doubt->second.forwarded <= doubt->second.received) {
    const auto [received, forwarded] = doubt->second;
    doubtful_.erase(doubt);
    if (distance(copy.at, received) < received - forwarded) return;
  }
  excess& known = excess_[copy.key];
  while (!known.held.empty()) {
    const auto first = received_at(known.held.front());
    if (is_early(copy.at) && copy.at + window_ < first) return;  // its copy came long before
    const auto second =
        known.held.size() > 1 ? std::optional{received_at(known.held[1])} : std::nullopt;
    release(take_front(known.held));
    if (is_of_the_past(first, second, copy.at)) continue;
    pair(copy.key, {first, copy.at});
    if (known.held.empty()) excess_.erase(copy.key);
    return;
  }
  known.forwarded.push_back(copy.at);
  order_.push_back(copy);
}

runtime::time_point overlap::received_at(ticket number) const {
  return held_.at(number).event.content.received();
}

/// Nobody waits for it any more.
void overlap::release(ticket number) {
  auto place = held_.extract(number);
  auto& content = place.mapped().event.content;
  held_bytes_ -= content.bytes();
  settled_.push_back(std::move(content));
}

void overlap::expire(runtime::time_point now) {
  if (is_serving_) return;
  expire_held(now);
  expire_forwarded(now);
  if (now >= since_ + 3 * window_) doubtful_.clear();
}

void overlap::expire_held(runtime::time_point now) {
  while (!held_.empty()) {
    const auto& [number, oldest] = *held_.begin();
    const auto received = oldest.event.content.received();
    if (received + window_ >= now) return;
    const bool is_load = oldest.event.creation == guild_cache::creation::initial_load;
    if (!is_early(received) && !is_load) {
      ++unmatched_.held;
      unmatched_.example = oldest.event.content.type();
    }
    const auto known = excess_.find(oldest.key);
    std::erase(known->second.held, number);
    if (known->second.held.empty()) excess_.erase(known);
    release(number);
  }
}

void overlap::expire_forwarded(runtime::time_point now) {
  while (!order_.empty() && order_.front().at + window_ < now) {
    const forwarded_copy oldest = order_.front();
    order_.pop_front();
    const auto known = excess_.find(oldest.key);
    if (known == excess_.end()) continue;
    auto& moments = known->second.forwarded;
    const auto own = std::find(moments.begin(), moments.end(), oldest.at);
    if (own == moments.end()) continue;  // its counterpart has come
    if (!is_early(oldest.at) && !oldest.is_anywhere) ++unmatched_.forwarded;
    moments.erase(own);
    if (moments.empty()) excess_.erase(known);
  }
}

overlap::fate overlap::on_received(content_key key, runtime::time_point now) {
  if (const auto doubt = doubtful_.find(key);
      doubt != doubtful_.end() && doubt->second.received < doubt->second.forwarded) {
    const auto [received, forwarded] = doubt->second;
    doubtful_.erase(doubt);
    if (distance(now, forwarded) < forwarded - received) return fate::dropped;
  }
  if (const auto known = excess_.find(key);
      known != excess_.end() && !known->second.forwarded.empty()) {
    auto& moments = known->second.forwarded;
    bool has_copy = false;
    while (!moments.empty() && !has_copy) {
      const auto first = take_front(moments);
      const auto second = moments.empty() ? std::nullopt : std::optional{moments.front()};
      has_copy = !is_of_the_past(first, second, now);
      if (has_copy) pair(key, {now, first});
    }
    if (moments.empty()) excess_.erase(known);
    if (has_copy) return fate::dropped;
  }
  return is_serving_ ? fate::passed : fate::held;
}

void overlap::hold(content_key key, held_dispatch held) {
  excess_[key].held.push_back(++last_ticket_);
  held_bytes_ += held.content.bytes();
  held_.emplace_hint(held_.end(), last_ticket_, held_place{key, std::move(held)});
}

bool overlap::repeats_the_past(const held_dispatch& held) const noexcept {
  if (is_early(held.content.received())) return true;
  // A guild that was slow to load, not one that has come back.
  const bool is_load = held.creation == guild_cache::creation::initial_load;
  return is_load && stopping_at_ && held.content.received() < *stopping_at_;
}

std::vector<held_dispatch> overlap::serve(runtime::time_point now) {
  is_serving_ = true;
  std::vector<held_dispatch> due;
  for (auto& [number, place] : held_) {
    if (repeats_the_past(place.event)) {
      settled_.push_back(std::move(place.event.content));
    } else {
      due.push_back(std::move(place.event));
    }
  }
  held_.clear();
  held_bytes_ = 0;
  order_.clear();
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
