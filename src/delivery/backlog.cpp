#include <gatehouse/delivery/backlog.hpp>

#include <algorithm>
#include <memory>
#include <utility>

/// The queues, and what becomes of one event. Writing is in backlog_write.cpp, what moves between
/// memory and disk in backlog_memory.cpp.
namespace gatehouse::delivery {

namespace {

/// Blocks whose removal is worth a call; fewer wait for `write_marks`.
constexpr std::size_t removals_at_once = 64;

/// Lowers a flag when it goes out of scope, whatever is thrown.
using flag_guard = std::unique_ptr<bool, decltype([](bool* flag) { *flag = false; })>;

}  // namespace

backlog::backlog(services with, owner& whose) : with_(std::move(with)), owner_(whose) {}

backlog::~backlog() {
  for (auto& queue : queues_) {
    queue.tail.clear_and_dispose([](events::event* dead) { events::event_deleter{}(dead); });
    queue.blocks.clear_and_dispose(std::default_delete<stored_block>{});
  }
}

backlog_queue& backlog::queue_for(int shard_id, const std::string& url) {
  auto& known = queue_of_[{shard_id, url}];
  if (known == nullptr) {
    known = &queues_.emplace_back();
    known->shard_id = shard_id;
    known->key = {shard_id, url};
    known->prefix = events::body_prefix(shard_id, with_.envelope);
  }
  return *known;
}

void backlog::make_prefixes() {
  for (auto& queue : queues_) queue.prefix = events::body_prefix(queue.shard_id, with_.envelope);
}

void backlog::restore(const storage::queue_summary& found, std::vector<std::string> feeds) {
  if (found.events == 0) return;
  auto& queue = queue_for(found.key.shard_id, found.key.url);
  queue.from = found.first_position;
  change_on_disk(queue, static_cast<std::int64_t>(found.events));
  set_feeds(queue, std::move(feeds));
}

void backlog::set_feeds(backlog_queue& queue, std::vector<std::string> urls) {
  if (queue.feeds.empty() && !urls.empty()) ++feeding_;
  if (!queue.feeds.empty() && urls.empty()) --feeding_;
  queue.feeds = std::move(urls);
}

template <class Predicate>
bool backlog::any_of_shard(int shard_id, Predicate&& is_met) const noexcept {
  for (auto each = queue_of_.lower_bound({shard_id, {}});
       each != queue_of_.end() && each->first.first == shard_id; ++each) {
    if (is_met(*each->second)) return true;
  }
  return false;
}

/// Whether an older queue of its shard still has events that may go to the same URL.
bool backlog::waits_for_others(const backlog_queue& queue) const noexcept {
  if (feeding_ == 0 || !queue.feeds.empty()) return false;
  const auto may_feed = [&](const backlog_queue& other) {
    return std::any_of(other.feeds.begin(), other.feeds.end(), [&](const std::string& url) {
      return url == any_url || url == queue.key.url;
    });
  };
  return any_of_shard(queue.shard_id, may_feed);
}

bool backlog::fills_memory(int shard_id) const noexcept {
  return any_of_shard(shard_id,
                      [this](const backlog_queue& queue) { return holds_its_share(queue, 2); });
}

/// Whether it is one of those that fill the memory: others have nothing to do with the disk, and do
/// not wait for one that is stuck.
bool backlog::holds_its_share(const backlog_queue& queue, std::uint64_t part) const noexcept {
  return part * queue.bytes * queues_in_memory_ >= with_.budget.bytes();
}

bool backlog::is_to_be_spilled(const backlog_queue& queue, runtime::time_point now) const noexcept {
  return with_.budget.exceeds(6) && is_working(now) && holds_its_share(queue);
}

/// Whether its tail has something to wait for, apart from being written.
bool backlog::has_to_wait(const backlog_queue& queue, runtime::time_point now) const noexcept {
  return queue.on_disk > 0 || queue.is_loading || queue.is_leaving || waits_for_others(queue) ||
         is_to_be_spilled(queue, now);
}

bool backlog::lines_up(const backlog_queue& queue, runtime::time_point now) const noexcept {
  return queue.held_after || !queue.tail.empty() || has_to_wait(queue, now);
}

void backlog::admit(events::event& added, backlog_queue& queue) {
  added.queue = &queue;
  if (queue.in_memory++ == 0) ++queues_in_memory_;
  queue.bytes += added.memory_bytes();
}

void backlog::track(events::event& added, backlog_queue& queue) {
  admit(added, queue);
  ++queue.bare;
  if (is_used()) unwritten_.push_back(added);
}

void backlog::line_up(events::event_ptr added, backlog_queue& queue) {
  events::event& event = *added.release();
  admit(event, queue);
  event.is_lined_up = true;
  if (queue.tail.empty()) tails_.push_back(queue);
  queue.tail.push_back(event);
  ++queue.tail_events;
  ++tail_events_;
  if (is_used()) unwritten_.push_back(event);
}

events::event_ptr backlog::take_from_tail(events::event& unwanted) {
  backlog_queue& queue = *unwanted.queue;
  queue.tail.erase(queue.tail.iterator_to(unwanted));
  --queue.tail_events;
  --tail_events_;
  unwanted.is_lined_up = false;
  if (queue.tail.empty()) tails_.erase(tails_.iterator_to(queue));
  return events::event_ptr{&unwanted};
}

void backlog::deliver_from_tail(events::event& front) {
  owner_.deliver(take_from_tail(front));
}

void backlog::forget(events::event& gone) {
  if (gone.queue == nullptr) return;
  backlog_queue& queue = *gone.queue;
  if (--queue.in_memory == 0) --queues_in_memory_;
  queue.bytes -= gone.memory_bytes();
  const bool is_committed = gone.copy != nullptr && gone.copy->is_committed;
  if (!gone.is_lined_up && !is_committed) --queue.bare;
  gone.unwritten_hook.unlink();
  if (gone.copy == nullptr) return;
  stored_block& block = *std::exchange(gone.copy, nullptr);
  block.members[gone.copy_index] = nullptr;
  --block.alive;
  if (!block.is_committed) {
    block.has_late_marks = true;
    return;
  }
  if (block.alive == 0) return drop_block(block);
  if (!block.changed_hook.is_linked()) changed_.push_back(block);
}

void backlog::note_deferred(const events::event& answered) {
  if (answered.copy == nullptr) return;
  if (answered.copy->is_committed) {
    with_.store->mark(answered.copy->id, marks_of(*answered.copy));
  } else {
    answered.copy->has_late_marks = true;
  }
}

void backlog::note_on_disk(backlog_queue& queue, std::uint64_t block, std::size_t index,
                           storage::event_mark mark) {
  with_.store->mark_one(block, index, mark);
  if (mark == storage::mark_done) change_on_disk(queue, -1);
}

void backlog::change_on_disk(backlog_queue& queue, std::int64_t by) {
  const bool was_there = queue.on_disk > 0;
  queue.on_disk += static_cast<std::uint64_t>(by);  // wraps for what goes
  on_disk_ += static_cast<std::uint64_t>(by);
  if (was_there == (queue.on_disk > 0)) return;
  if (was_there) {
    reading_.erase(reading_.iterator_to(queue));
  } else {
    reading_.push_back(queue);
  }
}

void backlog::pump(runtime::time_point now) {
  if (is_pumping_) return;
  is_pumping_ = true;
  const flag_guard pumping{&is_pumping_};
  if (is_used()) {
    relieve();
    write_due(now);
    if (removed_.size() >= removals_at_once) with_.store->remove(std::exchange(removed_, {}));
  }
  if (feeding_ > 0) end_feeding();
  settle_tails(now);
  if (is_used()) load_more(now);
}

void backlog::end_feeding() {
  for (auto& queue : queues_) {
    const bool is_done = queue.on_disk == 0 && queue.tail.empty() && !queue.is_leaving;
    if (is_done && !queue.feeds.empty()) set_feeds(queue, {});
  }
}

bool backlog::has_older(const backlog_queue& queue, std::int64_t position) noexcept {
  const bool is_in_lanes = !queue.blocks.empty() && queue.blocks.front().first_position <= position;
  return is_in_lanes || (queue.on_disk > 0 && queue.from <= position);
}

/// What has nothing to wait for any more goes on.
void backlog::settle_tails(runtime::time_point now) {
  for (auto place = tails_.begin(); place != tails_.end();) {
    backlog_queue& queue = *place++;  // it may leave the list
    if (queue.tail_under_way > 0 || has_to_wait(queue, now)) continue;
    while (!queue.tail.empty() && !is_held(queue, queue.tail.front().position)) {
      ++queue.bare;
      deliver_from_tail(queue.tail.front());
    }
  }
}

runtime::time_point backlog::next_due(runtime::time_point now) const {
  auto due = runtime::time_point::max();
  if (!is_used()) return due;
  // Answers of the disk come to `pump` by themselves.
  if (!unwritten_.empty() && !is_storing_) {
    const bool is_urgent = with_.budget.exceeds(4);
    const auto oldest = unwritten_.front().received + with_.settings.spool_after;
    due = std::max(is_urgent ? now : oldest, blocked_until_);
  }
  if (on_disk_ > 0 && read_after_ > now) due = std::min(due, read_after_);
  return due;
}

bool backlog::is_nearly_full() const {
  if (!is_used() || !with_.budget.exceeds(6)) return false;
  return is_full_ || with_.store->is_nearly_full();
}

}  // namespace gatehouse::delivery
