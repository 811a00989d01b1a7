#include "limits.hpp"

#include <algorithm>

namespace gatehouse::sim {

bool sliding_window::admit(runtime::time_point now) {
  while (!admitted_.empty() && now - admitted_.front() >= window_) admitted_.pop_front();
  if (admitted_.size() >= count_) return false;
  admitted_.push_back(now);
  return true;
}

identify_limits::identify_limits(std::uint32_t max_concurrency, runtime::duration window,
                                 std::uint32_t starts)
    : max_concurrency_(std::max(max_concurrency, 1U)), window_(window), remaining_(starts) {}

identify_limits::verdict identify_limits::admit(std::uint32_t shard_id, runtime::time_point now) {
  if (remaining_ == 0) return verdict::exhausted;
  const auto [place, first] = last_by_bucket_.try_emplace(bucket(shard_id), now);
  if (!first) {
    if (now - place->second < window_) return verdict::too_fast;
    place->second = now;
  }
  --remaining_;
  return verdict::admitted;
}

}  // namespace gatehouse::sim
