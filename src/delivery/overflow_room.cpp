#include "overflow.hpp"

#include <gatehouse/runtime/wall_clock.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

/// The part of the overflow that makes room, in memory and on disk.
namespace gatehouse::delivery {

namespace {

constexpr std::size_t purged_at_once = 1'024;
constexpr std::uint64_t room_made_at_once = 256UL << 10;

}  // namespace

bool overflow::is_memory_short() const noexcept {
  return with_.budget.bytes() > with_.budget.limit() / 4 * 3;
}

/// What waits for handlers that are down leaves memory to the others.
void overflow::relieve() {
  if (!is_memory_short()) return;
  for (auto& queue : queues_) trim(queue);
  while (is_memory_short()) {
    target* fattest = nullptr;
    for (auto& queue : queues_) {
      if (!queue.to->is_up() && (fattest == nullptr || queue.to->bytes() > fattest->bytes())) {
        fattest = queue.to;
      }
    }
    if (fattest == nullptr || !evict_newest(*fattest)) return;
  }
}

bool overflow::evict_newest(target& from) {
  events::event* newest = with_.budget.newest(from.index());
  if (newest == nullptr || newest->is_lined_up || newest->spooled != events::event::copy::written ||
      newest->answered == events::event::answer::under_way) {
    return false;
  }
  auto& queue = queue_for(newest->shard_id(), newest->target);
  // Rows of later positions are on their way to memory, or the tail's events are older.
  if (queue.is_loading || !queue.tail.empty() || !from.can_evict(*newest)) return false;
  leave_memory(queue, from.evict(*newest));
  return true;
}

/// Disk and memory are nearly full: what is dropped first goes, else the oldest.
void overflow::make_room() {
  if (purges_ > 0) return;
  purge(storage::event_rank::shed_first, runtime::unix_ms_now(), drop_reason::memory);
}

/// Likewise, with nothing on disk that is to be dropped first.
void overflow::drop_oldest() {
  std::uint64_t freed = 0;
  while (freed < room_made_at_once) {
    events::event* oldest = with_.budget.oldest();
    if (oldest == nullptr || oldest->spooled == events::event::copy::none) break;
    freed += oldest->memory_bytes();
    owner_.on_no_room(*oldest);
  }
  if (freed == 0 && rows_ > 0) {
    purge(storage::event_rank::ordinary, runtime::unix_ms_now(), drop_reason::memory);
  }
}

void overflow::purge_overdue(std::int64_t unix_ms_now) {
  using std::chrono::milliseconds;
  if (rows_ == 0 || purges_ > 0) return;
  const auto before = [&](runtime::duration age) {
    return unix_ms_now - std::chrono::duration_cast<milliseconds>(age).count();
  };
  const auto max_age = with_.settings.max_age;
  if (max_age > runtime::seconds::zero()) {
    for (const auto rank : {storage::event_rank::shed_first, storage::event_rank::ordinary,
                            storage::event_rank::last_resort}) {
      purge(rank, before(max_age), drop_reason::too_old);
    }
  }
  purge(storage::event_rank::last_resort, before(queue_budget::interaction_lifetime),
        drop_reason::token_expired);
}

void overflow::purge(storage::event_rank rank, std::int64_t before_unix_ms, drop_reason reason) {
  storage::purge_request wanted;
  for (const auto& queue : queues_) {
    if (std::find(wanted.shard_ids.begin(), wanted.shard_ids.end(), queue.shard_id) ==
        wanted.shard_ids.end()) {
      wanted.shard_ids.push_back(queue.shard_id);
    }
  }
  wanted.rank = rank;
  wanted.received_before_unix_ms = before_unix_ms;
  wanted.max_events = purged_at_once;
  ++purges_;
  flush();
  flush_removals();
  with_.spool->purge(
      std::move(wanted),
      on_worker([this, rank, reason](const std::vector<storage::event_facts>& purged) {
        on_purged(purged, rank, reason);
      }));
}

void overflow::on_purged(const std::vector<storage::event_facts>& purged, storage::event_rank rank,
                         drop_reason reason) {
  --purges_;
  for (const auto& facts : purged) {
    if (const auto known = resident_.find(facts.key); known != resident_.end()) {
      lose_copy(*known->second, reason);
      continue;
    }
    if (gone_.contains(facts.key)) continue;  // a copy of what was delivered meanwhile
    auto& queue = queue_for(facts.key.shard_id, static_cast<std::size_t>(facts.route));
    if (queue.rows == 0) continue;
    --queue.rows;
    --rows_;
    queue.to->remove_spooled(
        {facts.key.shard_id, facts.guild_id, facts.key.position, facts.is_barrier});
    owner_.on_purged(facts, reason);
  }
  forget_gone();
  const auto now = runtime::clock::now();
  if (!purged.empty()) {
    blocked_until_ = runtime::time_point::min();
  } else if (reason == drop_reason::memory && rank == storage::event_rank::shed_first) {
    drop_oldest();
  }
  pump(now);
}

/// The copy of an event in memory was purged.
void overflow::lose_copy(events::event& resident, drop_reason reason) {
  const bool may_be_dropped = resident.age_hook.is_linked();
  if (reason == drop_reason::memory && may_be_dropped) return owner_.on_no_room(resident);
  // Under way, a READY, or about to be dropped in its turn: it is in memory only, as before.
  resident_.erase(key_of(resident));
  resident.spooled = events::event::copy::none;
  (resident.is_lined_up ? lined_up_ : homeless_).push_back(resident);
}

void overflow::forget_gone() {
  if (loads_ + purges_ == 0) gone_.clear();
}

}  // namespace gatehouse::delivery
