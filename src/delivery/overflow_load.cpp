#include "overflow.hpp"

#include <gatehouse/runtime/wall_clock.hpp>

#include <algorithm>

/// The part of the overflow that brings events back from the spool.
namespace gatehouse::delivery {

namespace {

constexpr std::size_t loads_at_once = 4;
constexpr std::size_t events_a_load = 256;
constexpr std::uint64_t most_bytes_a_load = 256UL << 10;
constexpr std::uint64_t bytes_an_event = 1UL << 10;  // of memory, beside its payload
constexpr runtime::seconds pause_after_failure{1};

}  // namespace

/// Reads on where a handler can take more; the queues take turns.
void overflow::load_more(runtime::time_point now) {
  if (now < read_after_ || is_ending_) return;
  for (std::size_t seen = 0; seen < queues_.size() && loads_ < loads_at_once; ++seen) {
    next_queue_ = (next_queue_ + 1) % queues_.size();
    auto& queue = queues_[next_queue_];
    if (queue.is_loading || !wants_more(queue)) continue;
    if (queue.rows > 0) {
      load(queue);
    } else if (!queue.tail.empty()) {
      take_in_tail(queue);
      queue.to->pump(now);
    }
  }
}

bool overflow::wants_more(const spool_queue& queue) const noexcept {
  if (queue.rows == 0 && queue.tail.empty()) return false;
  const auto expected = with_.budget.bytes() + loads_ * load_share();
  const bool has_room = expected < with_.budget.limit() / 8 * 7;
  // Only these get the handler on, or let it be probed: whatever else fills the memory, and be it
  // by this one load beyond its bound.
  if (queue.to->queue().is_starved()) return has_room || loads_ == 0;
  return has_room && queue.to->is_up() && queue.to->bytes() < with_.budget.limit() / 4;
}

void overflow::load(spool_queue& queue) {
  // What was delivered must not come back.
  flush();
  flush_removals();
  storage::load_request wanted;
  wanted.shard_id = queue.shard_id;
  wanted.route = queue.to->index();
  wanted.from_position = queue.from;
  wanted.max_events = std::clamp<std::size_t>(load_share() / 4 / bytes_an_event, 1, events_a_load);
  wanted.max_bytes = std::min(most_bytes_a_load, load_share() / 4);
  queue.is_loading = true;
  queue.rows_since_load = 0;
  ++loads_;
  with_.spool->load(wanted, on_worker([this, &queue](const storage::load_result& result) {
                      on_loaded(queue, result);
                    }));
}

void overflow::on_loaded(spool_queue& queue, const storage::load_result& result) {
  const auto now = runtime::clock::now();
  queue.is_loading = false;
  --loads_;
  if (!result.error.empty()) {
    forget_gone();
    read_after_ = now + pause_after_failure;
    pump(now);
    return;
  }
  for (std::size_t i = 0; i < result.batch.size(); ++i) {
    take_in(queue, result.batch.facts(i), result.batch.payload(i));
  }
  forget_gone();
  if (has_seen_all(queue, result) && queue.rows > 0 && queue.rows_since_load == 0) lose_rows(queue);
  if (queue.rows == 0) take_in_tail(queue);
  queue.to->pump(now);
  pump(now);
}

/// No row is left to come: rows are read in the order of position, and those of events in the tail,
/// which are in memory too, come after all others.
bool overflow::has_seen_all(const spool_queue& queue, const storage::load_result& result) noexcept {
  if (result.is_end) return true;
  const std::size_t count = result.batch.size();
  return count > 0 && !queue.tail.empty() &&
         result.batch.facts(count - 1).key.position >= queue.tail.front().position;
}

void overflow::take_in(spool_queue& queue, const storage::event_facts& facts,
                       std::string_view payload) {
  const std::int64_t position = facts.key.position;
  // A row of an event that is in memory or was until now, or of what was purged since it was read.
  if (resident_.contains(facts.key) || gone_.contains(facts.key)) return;
  if (position < queue.from || queue.rows == 0) return;
  queue.from = position + 1;
  --queue.rows;
  --rows_;

  events::event_ptr made = with_.pool.make(queue.prefix, payload);
  made->session = session_of(facts.key.shard_id, facts.session_id);
  made->seq = facts.seq;
  made->guild_id = facts.guild_id;
  made->type = with_.types.intern(facts.type);
  made->is_barrier = facts.is_barrier;
  made->received = runtime::time_of(facts.received_unix_ms);
  made->position = position;
  made->attempts = facts.attempts;
  made->target = queue.to->index();
  made->spooled = events::event::copy::written;
  made->is_loaded = true;
  made->deferred = static_cast<std::uint8_t>(facts.deferred);
  if (facts.deferred != 0) made->answered = events::event::answer::given;
  if (!owner_.on_loaded(*made)) {
    queue.to->remove_spooled(place_of(*made));
    remove_copy(facts.key);
    return;
  }
  resident_.emplace(facts.key, made.get());
  with_.budget.admit(*made);
  queue.to->push_loaded(std::move(made));
}

/// The spool has less than it was given: its file was damaged and set aside.
void overflow::lose_rows(spool_queue& queue) {
  owner_.on_rows_lost(queue.shard_id, queue.rows);
  rows_ -= queue.rows;
  queue.rows = 0;
  std::vector<spooled_place> kept;
  for (const auto& event : queue.tail) kept.push_back(place_of(event));
  queue.to->forget_spooled(queue.shard_id, kept);
}

/// Nothing in the spool is older any more: what has lined up goes on.
void overflow::take_in_tail(spool_queue& queue) {
  while (!queue.tail.empty()) {
    events::event& event = queue.tail.front();
    queue.tail.pop_front();
    event.is_lined_up = false;
    if (event.spooled == events::event::copy::none) {
      event.spool_hook.unlink();
      arrivals_.push_back(event);
    }
    queue.to->push_loaded(events::event_ptr{&event});
  }
}

events::session_log_ptr overflow::session_of(int shard_id, const std::string& session_id) {
  const auto known = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& each) {
    return each.shard_id == shard_id && each.session_id == session_id;
  });
  if (known != sessions_.end()) return known->log;
  // Nothing of it can be open here: what is in the spool is settled for its session.
  events::session_log_ptr log = new events::session_log(shard_id, session_id, 0);
  std::erase_if(sessions_, [](const auto& each) { return each.log->use_count() == 1; });
  sessions_.push_back({shard_id, session_id, log});
  return log;
}

}  // namespace gatehouse::delivery
