#include <gatehouse/gateway/identify_gate.hpp>

#include <algorithm>

namespace gatehouse::gateway {

namespace {

/// Discord said "none left" and "reset now" at once: it is asked again a little later.
constexpr runtime::seconds shortest_exhaustion{60};
/// An answer may be a moment old: Discord is not asked over and over while a period ends.
constexpr runtime::seconds shortest_period{1};

}  // namespace

identify_gate::identify_gate(runtime::duration spacing, int max_concurrency)
    : spacing_(spacing), max_concurrency_(std::max(1, max_concurrency)) {}

std::size_t identify_gate::bucket_of(int shard_id) const noexcept {
  return static_cast<std::size_t>(shard_id % max_concurrency_);
}

void identify_gate::request(shard_key key, runtime::time_point now) {
  abandon(key, now);
  waiting_.insert({key.generation, round_, key.shard_id});
}

void identify_gate::abandon(shard_key key, runtime::time_point now) {
  forget_old(now);
  std::erase_if(waiting_, [key](const waiter& entry) {
    return entry.shard_id == key.shard_id && entry.generation == key.generation;
  });
  give_back(
      std::erase_if(granted_, [key](const grant& entry) { return entry.given.shard == key; }));
}

void identify_gate::abandon(identify_grant unused, runtime::time_point now) {
  forget_old(now);
  give_back(std::erase_if(granted_, [&](const grant& entry) { return entry.given == unused; }));
}

void identify_gate::give_back(std::size_t grants) {
  if (limit_) limit_->remaining = std::min(total_, limit_->remaining + static_cast<int>(grants));
}

void identify_gate::sent(identify_grant used, runtime::time_point now) {
  std::erase_if(granted_, [&](const grant& entry) { return entry.given == used; });
  recent_.push_back({used.shard.shard_id, now});
}

void identify_gate::restore(int shard_id, runtime::time_point at) {
  recent_.push_back({shard_id, at});
}

void identify_gate::forget_old(runtime::time_point now) {
  const auto kept = std::max<runtime::duration>(spacing_, answer_age);
  std::erase_if(recent_, [&](const identify& entry) { return entry.at + kept <= now; });
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
  for (const grant& entry : granted_) {
    occupy(entry.given.shard.shard_id, entry.at + grant_lifetime);
  }
  return free;
}

void identify_gate::end_period(runtime::time_point now) {
  if (!limit_ || !limit_->reset_at || now < *limit_->reset_at) return;
  limit_.reset();
  is_period_over_ = true;
}

bool identify_gate::wants_limit(runtime::time_point now) {
  end_period(now);
  return is_period_over_;
}

bool identify_gate::take_one(runtime::time_point now) {
  if (limit_->remaining <= 0) return false;
  --limit_->remaining;
  if (!limit_->reset_at) limit_->reset_at = now + period;
  return true;
}

std::vector<identify_grant> identify_gate::grants(runtime::time_point now) {
  forget_old(now);
  end_period(now);
  std::vector<identify_grant> result;
  if (waiting_.empty() || !limit_) return result;
  auto free = free_times();
  for (auto entry = waiting_.begin(); entry != waiting_.end();) {
    auto& bucket = free[bucket_of(entry->shard_id)];
    if (bucket > now) {
      ++entry;
      continue;
    }
    if (!take_one(now)) break;
    bucket = runtime::time_point::max();
    const identify_grant given{{entry->shard_id, entry->generation}, ++last_id_};
    granted_.push_back({given, now});
    result.push_back(given);
    entry = waiting_.erase(entry);
  }
  if (!result.empty()) ++round_;
  return result;
}

std::optional<runtime::time_point> identify_gate::next_wakeup(runtime::time_point now) {
  end_period(now);
  if (waiting_.empty() || !limit_) return std::nullopt;
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
                                 int max_concurrency, runtime::time_point asked_at,
                                 runtime::time_point now) {
  max_concurrency_ = std::max(1, max_concurrency);
  forget_old(now);
  end_period(now);
  // Discord will hear of these, or has not when it counted.
  const auto unheard = std::count_if(recent_.begin(), recent_.end(),
                                     [&](const identify& entry) { return entry.at >= asked_at; }) +
                       static_cast<std::ptrdiff_t>(granted_.size());
  limit told{std::max(0, remaining - static_cast<int>(unheard)), std::nullopt};
  if (reset_after > runtime::duration::zero()) {
    told.reset_at = now + std::max<runtime::duration>(reset_after, shortest_period);
  } else if (remaining <= 0) {
    told.reset_at = now + shortest_exhaustion;
  }
  if (limit_) {
    told.remaining = std::min(told.remaining, limit_->remaining);
    // Whichever ends first: then Discord is asked.
    const auto known = limit_->reset_at;
    if (known && (!told.reset_at || *known < *told.reset_at)) told.reset_at = known;
  }
  limit_ = told;
  total_ = total;
  is_period_over_ = false;
}

std::optional<runtime::time_point> identify_gate::exhausted_until(runtime::time_point now) {
  end_period(now);
  if (!limit_ || limit_->remaining > 0) return std::nullopt;
  // Without an end in sight all that is left has been promised: one may still be given back.
  return limit_->reset_at.value_or(now + shortest_exhaustion);
}

std::optional<int> identify_gate::remaining(runtime::time_point now) {
  end_period(now);
  return limit_ ? std::optional(limit_->remaining) : std::nullopt;
}

}  // namespace gatehouse::gateway
