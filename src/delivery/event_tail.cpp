#include <gatehouse/delivery/event_tail.hpp>
#include <gatehouse/runtime/wall_clock.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::delivery {

bool event_tail::reader::wants(const delivered_view& event) const {
  const auto& names = wish.events;
  return (names.empty() || std::find(names.begin(), names.end(), event.type) != names.end()) &&
         (!wish.shard_id || *wish.shard_id == event.shard_id) &&
         (!wish.guild_id || *wish.guild_id == event.guild_id);
}

void event_tail::reader::keep(const delivered_view& event) {
  const std::size_t size = wish.has_payload ? event.payload.size() : 0;
  if (events.size() >= most_events || bytes + size > most_bytes) {
    ++skipped;
    return;
  }
  bytes += size;
  events.push_back({runtime::unix_ms_now(), std::string{event.type}, event.shard_id, event.guild_id,
                    std::string{event.event_id}, std::string{event.url}, event.attempts, event.age,
                    event.payload.size(), std::string{event.payload.substr(0, size)}});
}

void event_tail::offer(const delivered_view& event, runtime::time_point now) {
  const std::unique_lock lock{mutex_, std::try_to_lock};
  if (!lock) {
    missed_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  forget_silent(now);
  for (auto& [number, each] : readers_) {
    if (each.wants(event)) each.keep(event);
  }
}

std::optional<std::uint64_t> event_tail::open(tail_wish wish, runtime::time_point now) {
  const std::lock_guard lock{mutex_};
  forget_silent(now);
  if (readers_.size() >= most_readers) return std::nullopt;
  readers_.emplace(++last_reader_,
                   reader{.wish = std::move(wish),
                          .asked = now,
                          .missed_before = missed_.load(std::memory_order_relaxed)});
  readers_count_.store(readers_.size(), std::memory_order_relaxed);
  return last_reader_;
}

std::optional<event_tail::excerpt> event_tail::take(std::uint64_t number, runtime::time_point now) {
  const std::lock_guard lock{mutex_};
  const auto found = readers_.find(number);
  if (found == readers_.end()) return std::nullopt;
  auto& mine = found->second;
  mine.asked = now;
  mine.bytes = 0;
  const auto missed = missed_.load(std::memory_order_relaxed);
  const auto missed_since = missed - std::exchange(mine.missed_before, missed);
  return excerpt{std::exchange(mine.events, {}), std::exchange(mine.skipped, 0) + missed_since};
}

void event_tail::close(std::uint64_t number) {
  const std::lock_guard lock{mutex_};
  readers_.erase(number);
  readers_count_.store(readers_.size(), std::memory_order_relaxed);
}

void event_tail::forget_silent(runtime::time_point now) {
  std::erase_if(readers_, [now](const auto& each) { return now - each.second.asked > patience; });
  readers_count_.store(readers_.size(), std::memory_order_relaxed);
}

}  // namespace gatehouse::delivery
