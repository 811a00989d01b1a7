#include <gatehouse/gateway/identify_gate.hpp>

#include <algorithm>

namespace gatehouse::gateway {

namespace {

/// Discord said "none left" and "reset now" at once: ask again a little later.
constexpr runtime::seconds shortest_exhaustion{60};

}  // namespace

identify_gate::identify_gate(runtime::duration spacing, int max_concurrency)
    : spacing_(spacing), max_concurrency_(std::max(1, max_concurrency)) {}

std::size_t identify_gate::bucket_of(int shard_id) const noexcept {
  return static_cast<std::size_t>(shard_id % max_concurrency_);
}

bool identify_gate::forget_request(shard_key key) {
  return std::erase_if(waiting_, [key](const waiter& entry) {
           return entry.shard_id == key.shard_id && entry.generation == key.generation;
         }) > 0;
}

void identify_gate::request(shard_key key, runtime::time_point now) {
  abandon(key, now);
  waiting_.insert({key.generation, round_, key.shard_id});
}

void identify_gate::abandon(shard_key key, runtime::time_point now) {
  forget_old(now);
  if (forget_request(key)) return;
  const auto unused =
      std::erase_if(granted_, [key](const grant& entry) { return entry.key == key; });
  if (unused > 0 && limit_) limit_->remaining = std::min(limit_->total, limit_->remaining + 1);
}

void identify_gate::sent(shard_key key, runtime::time_point now) {
  // Counts even if the grant has expired: what Discord saw is what matters.
  std::erase_if(granted_, [key](const grant& entry) { return entry.key == key; });
  recent_.push_back({key.shard_id, now});
}

void identify_gate::forget_old(runtime::time_point now) {
  std::erase_if(recent_, [&](const identify& entry) { return entry.at + spacing_ <= now; });
  expired_ +=
      std::erase_if(granted_, [&](const grant& entry) { return entry.at + grant_lifetime <= now; });
}

std::vector<runtime::time_point> identify_gate::free_times() const {
  std::vector<runtime::time_point> free(static_cast<std::size_t>(max_concurrency_),
                                        runtime::time_point::min());
  const auto occupy = [&](int shard_id, runtime::time_point until) {
    auto& bucket = free[bucket_of(shard_id)];
    bucket = std::max(bucket, until);
  };
  for (const identify& entry : recent_) occupy(entry.shard_id, entry.at + spacing_);
  for (const grant& entry : granted_) occupy(entry.key.shard_id, entry.at + grant_lifetime);
  return free;
}

void identify_gate::begin_new_period(runtime::time_point now) {
  if (!limit_ || !limit_->reset_at || now < *limit_->reset_at) return;
  limit_->remaining = limit_->total;
  limit_->reset_at.reset();
}

bool identify_gate::take_one(runtime::time_point now) {
  if (!limit_) return true;
  if (limit_->remaining <= 0) return false;
  --limit_->remaining;
  if (!limit_->reset_at) limit_->reset_at = now + period;
  return true;
}

std::vector<shard_key> identify_gate::grants(runtime::time_point now) {
  forget_old(now);
  begin_new_period(now);
  std::vector<shard_key> result;
  if (waiting_.empty()) return result;
  auto free = free_times();
  for (auto entry = waiting_.begin(); entry != waiting_.end();) {
    auto& bucket = free[bucket_of(entry->shard_id)];
    if (bucket > now) {
      ++entry;
      continue;
    }
    if (!take_one(now)) break;
    bucket = runtime::time_point::max();
    const shard_key key{entry->shard_id, entry->generation};
    granted_.push_back({key, now});
    result.push_back(key);
    entry = waiting_.erase(entry);
  }
  if (!result.empty()) ++round_;
  return result;
}

std::optional<runtime::time_point> identify_gate::next_wakeup(runtime::time_point now) {
  if (waiting_.empty()) return std::nullopt;
  forget_old(now);
  const auto free = free_times();
  auto earliest = runtime::time_point::max();
  for (const waiter& entry : waiting_) {
    earliest = std::min(earliest, free[bucket_of(entry.shard_id)]);
  }
  earliest = std::max(earliest, now);
  if (const auto until = exhausted_until(now)) earliest = std::max(earliest, *until);
  return earliest;
}

void identify_gate::update_limit(int total, int remaining, runtime::duration reset_after,
                                 int max_concurrency, runtime::time_point now) {
  max_concurrency_ = std::max(1, max_concurrency);
  // Grants not used yet are unknown to Discord, but will be.
  const int promised = static_cast<int>(granted_.size());
  limit_ = limit{total, std::max(0, remaining - promised), std::nullopt};
  if (reset_after > runtime::duration::zero()) {
    limit_->reset_at = now + reset_after;
  } else if (remaining <= 0) {
    limit_->reset_at = now + shortest_exhaustion;
  }
}

std::optional<runtime::time_point> identify_gate::exhausted_until(runtime::time_point now) {
  begin_new_period(now);
  if (!limit_ || limit_->remaining > 0) return std::nullopt;
  // Without an end in sight all that is left has been promised: one may still be given back.
  return limit_->reset_at.value_or(now + shortest_exhaustion);
}

std::optional<int> identify_gate::remaining(runtime::time_point now) {
  begin_new_period(now);
  return limit_ ? std::optional(limit_->remaining) : std::nullopt;
}

}  // namespace gatehouse::gateway
