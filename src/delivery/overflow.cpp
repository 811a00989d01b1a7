#include "overflow.hpp"

#include <gatehouse/runtime/wall_clock.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::delivery {

namespace {

constexpr std::uint64_t most_under_way = 4UL << 20;
constexpr std::uint64_t least_under_way = 256UL << 10;
constexpr std::uint64_t most_in_excess = 8UL << 20;
constexpr std::uint64_t batch_bytes = 256UL << 10;
constexpr std::size_t removals_at_once = 512;
constexpr runtime::seconds pause_after_failure{1};

}  // namespace

overflow::overflow(services with, owner& whose)
    : with_(with),
      owner_(whose),
      back_(std::make_shared<way_back>()),
      write_limit_(std::clamp(with.settings.memory_bytes / 8, least_under_way, most_under_way)) {
  back_->io = &with_.io;
}

overflow::~overflow() {
  {
    const std::lock_guard lock{back_->mutex};
    back_->io = nullptr;
  }
  for (auto& queue : queues_) {
    queue.tail.clear_and_dispose([](events::event* dead) { events::event_deleter{}(dead); });
  }
}

overflow::spool_queue& overflow::queue_for(int shard_id, std::size_t target) {
  auto& known = queue_of_[{shard_id, target}];
  if (known == nullptr) {
    known = &queues_.emplace_back();
    known->shard_id = shard_id;
    known->to = &owner_.target_at(target);
    known->prefix = events::body_prefix(shard_id, with_.envelope);
  }
  return *known;
}

spooled_place overflow::place_of(const events::event& event) noexcept {
  return {event.shard_id(), event.guild_id, event.position, event.is_barrier};
}

void overflow::restore(const storage::event_facts& found) {
  auto& queue = queue_for(found.key.shard_id, static_cast<std::size_t>(found.route));
  if (queue.rows++ == 0) queue.from = found.key.position;
  ++rows_;
  first_position_ = std::max(first_position_, found.key.position + 1);
  queue.to->add_spooled({found.key.shard_id, found.guild_id, found.key.position, found.is_barrier});
}

bool overflow::should_spill(const target& to, runtime::time_point now) const {
  if (!is_used()) return false;
  // What piles up for a handler that is down leaves room for those that are up.
  const std::uint64_t share = to.is_up() ? 7 : 6;
  return with_.budget.bytes() > with_.budget.limit() / 8 * share && can_write(now);
}

std::uint64_t overflow::allowance(runtime::time_point now) const noexcept {
  return is_used() && now >= blocked_until_ ? most_in_excess : 0;
}

bool overflow::is_saturated() const noexcept {
  if (with_.budget.bytes() <= with_.budget.limit() / 8 * 7) return false;
  // What lines up while the disk takes nothing may do so for long: waiting would not help.
  return !written_.empty() || (!lined_up_.empty() && runtime::clock::now() >= blocked_until_);
}

bool overflow::is_nearly_full() const noexcept {
  if (!is_used() || !is_memory_short()) return false;
  const auto usage = with_.spool->usage();
  return is_full_ || usage.bytes > usage.limit_bytes / 16 * 15;
}

void overflow::line_up(events::event_ptr added) {
  events::event& event = *added.release();
  event.is_lined_up = true;
  auto& queue = queue_for(event.shard_id(), event.target);
  queue.to->add_spooled(place_of(event));
  queue.tail.push_back(event);
  lined_up_.push_back(event);
}

events::event_ptr overflow::discard(events::event& lined_up) {
  auto& queue = queue_for(lined_up.shard_id(), lined_up.target);
  queue.tail.erase(queue.tail.iterator_to(lined_up));
  queue.to->remove_spooled(place_of(lined_up));
  return events::event_ptr{&lined_up};
}

void overflow::forget(events::event& gone) {
  gone.spool_hook.unlink();
  if (gone.spooled == events::event::copy::none) return;
  resident_.erase(key_of(gone));
  // Answers that are on their way may still name it.
  if (loads_ + purges_ > 0) gone_.insert(key_of(gone));
  remove_copy(key_of(gone));
}

void overflow::remove_copy(const storage::event_key& key) {
  removals_.push_back(key);
  if (removals_.size() < removals_at_once) return;
  flush();
  flush_removals();
}

void overflow::flush_removals() {
  // What is removed may still wait to be written: in this order.
  if (removals_.empty() || !batch_.empty()) return;
  with_.spool->remove(std::exchange(removals_, {}));
}

void overflow::note_deferred(const events::event& answered) {
  if (answered.spooled == events::event::copy::none) return;
  flush();
  with_.spool->mark_deferred(key_of(answered), answered.deferred);
}

void overflow::pump(runtime::time_point now) {
  if (!is_used() || std::exchange(is_pumping_, true)) return;
  write_due(now);
  // While a batch is under way the next one grows: a slow disk gets fewer and larger commits.
  if (written_.empty() || batch_.bytes() >= batch_bytes) flush();
  flush_removals();
  load_more(now);
  is_pumping_ = false;
}

runtime::time_point overflow::next_due(runtime::time_point now) const {
  if (!is_used()) return runtime::time_point::max();
  auto due = runtime::time_point::max();
  if (!arrivals_.empty()) due = arrivals_.front().received + with_.settings.spool_after;
  if (!lined_up_.empty()) due = now;
  // Answers from the disk come back to `pump` by themselves, and so does memory that gets free.
  due = std::max(due, std::max(now, blocked_until_));
  return rows_ > 0 && read_after_ > now ? std::min(due, read_after_) : due;
}

bool overflow::can_write(runtime::time_point now) const noexcept {
  return is_used() && now >= blocked_until_ && bytes_written_ + batch_.bytes() < write_limit_;
}

void overflow::write_due(runtime::time_point now) {
  while (!lined_up_.empty() && can_write(now)) write(lined_up_.front());
  while (!arrivals_.empty() && can_write(now)) {
    events::event& oldest = arrivals_.front();
    if (now - oldest.received < with_.settings.spool_after) break;
    write(oldest);
  }
}

void overflow::write(events::event& event) {
  event.spool_hook.unlink();
  event.spooled = events::event::copy::being_written;
  resident_.emplace(key_of(event), &event);
  batch_.add(facts_of(event), event.payload());
  batch_writes_.push_back({event.session, event.seq, key_of(event)});
  if (batch_.bytes() >= batch_bytes) flush();
}

storage::event_facts overflow::facts_of(const events::event& event) const {
  storage::event_facts facts;
  facts.key = key_of(event);
  facts.route = event.target;
  facts.guild_id = event.guild_id;
  facts.seq = event.seq;
  facts.session_id = event.session->session_id();
  facts.type = with_.types.name(event.type);
  facts.rank = with_.budget.rank_of(event.type);
  facts.is_barrier = event.is_barrier;
  facts.received_unix_ms = runtime::unix_ms_of(event.received);
  facts.attempts = event.attempts;
  facts.deferred = event.deferred;
  return facts;
}

void overflow::flush() {
  if (batch_.empty()) return;
  bytes_written_ += batch_.bytes();
  written_.push_back(std::exchange(batch_writes_, {}));
  with_.spool->store(std::exchange(batch_, {}),
                     on_worker([this](const storage::store_result& result) { on_stored(result); }));
}

void overflow::on_stored(const storage::store_result& result) {
  const auto now = runtime::clock::now();
  const auto done = std::move(written_.front());
  written_.pop_front();
  bytes_written_ -= result.batch.bytes();
  is_full_ = result.outcome == storage::store_outcome::full;
  if (result.outcome != storage::store_outcome::stored) {
    take_back(done);
    blocked_until_ = now + pause_after_failure;
    if (is_full_ && is_memory_short()) make_room();
    pump(now);
    return;
  }
  for (const auto& each : done) {
    owner_.on_written(*each.session, each.seq);
    const auto known = resident_.find(each.key);
    if (known == resident_.end()) continue;
    events::event& event = *known->second;
    event.spooled = events::event::copy::written;
    if (event.is_lined_up) trim(queue_for(event.shard_id(), event.target));
  }
  relieve();
  pump(now);
}

/// They are in memory only, as before.
void overflow::take_back(const std::vector<writing>& failed) {
  for (auto each = failed.rbegin(); each != failed.rend(); ++each) {
    const auto known = resident_.find(each->key);
    if (known == resident_.end()) continue;
    events::event& event = *known->second;
    resident_.erase(known);
    event.spooled = events::event::copy::none;
    (event.is_lined_up ? lined_up_ : arrivals_).push_front(event);
  }
}

/// Gives up the memory of what has lined up and is on disk, unless memory is plentiful.
void overflow::trim(spool_queue& queue) {
  while (!queue.tail.empty() && with_.budget.bytes() > with_.budget.limit() / 2) {
    events::event& front = queue.tail.front();
    const bool may_leave = front.spooled == events::event::copy::written &&
                           front.answered != events::event::answer::under_way;
    if (!may_leave) return;
    queue.tail.pop_front();
    leave_memory(queue, events::event_ptr{&front});
  }
}

void overflow::leave_memory(spool_queue& queue, events::event_ptr event) {
  queue.from = queue.rows == 0 ? event->position : std::min(queue.from, event->position);
  ++queue.rows;
  if (queue.is_loading) ++queue.rows_since_load;
  ++rows_;
  resident_.erase(key_of(*event));
  with_.budget.forget(*event);
}

void overflow::write_all() {
  is_ending_ = true;
  while (!homeless_.empty()) write(homeless_.front());
  while (!lined_up_.empty()) write(lined_up_.front());
  while (!arrivals_.empty()) write(arrivals_.front());
  flush();
  flush_removals();
}

void overflow::list_lined_up(std::vector<events::event*>& into) {
  for (auto& queue : queues_) {
    for (auto& event : queue.tail) into.push_back(&event);
  }
}

void overflow::add_counts(std::map<int, count>& by_shard) const {
  for (const auto& queue : queues_) {
    if (queue.rows == 0 && queue.tail.empty()) continue;
    auto& shard = by_shard[queue.shard_id];
    shard.all += queue.rows;
    shard.safe += queue.rows;
    for (const auto& event : queue.tail) {
      ++shard.all;
      if (event.spooled == events::event::copy::written) ++shard.safe;
    }
  }
}

}  // namespace gatehouse::delivery
