#include <gatehouse/delivery/backlog.hpp>
#include <gatehouse/runtime/wall_clock.hpp>

#include <algorithm>
#include <limits>
#include <utility>

/// The part of the backlog that writes. One store is under way at a time, and what it does not take
/// is first in the next one: so what is on disk is a prefix without further ado. While it is under
/// way the next one grows: a slow disk gets fewer and larger stores.
namespace gatehouse::delivery {

namespace {

constexpr std::uint64_t most_in_store = 4UL << 20;
constexpr std::uint64_t least_in_store = 256UL << 10;
constexpr std::uint64_t most_in_block = 256UL << 10;
constexpr std::uint64_t least_in_block = 16UL << 10;
constexpr runtime::seconds pause_after_failure{1};

}  // namespace

void backlog::write_due(runtime::time_point now) {
  if (is_storing_ || now < blocked_until_) return;
  const bool is_everything_due = is_ending_ || is_hurried_ || with_.budget.exceeds(4);
  const auto most = is_ending_
                        ? std::numeric_limits<std::uint64_t>::max()
                        : std::clamp(with_.budget.limit() / 8, least_in_store, most_in_store);
  std::uint64_t bytes = 0;
  while (!unwritten_.empty() && bytes < most) {
    events::event& oldest = unwritten_.front();
    if (!is_everything_due && now - oldest.received < with_.settings.spool_after) break;
    bytes += oldest.memory_bytes();
    add_to_store(oldest);
  }
  if (!store_.empty()) send_store();
}

void backlog::add_to_store(events::event& event) {
  backlog_queue& queue = *event.queue;
  stored_block& block = open_block(queue, event.is_lined_up);
  event.unwritten_hook.unlink();
  event.copy = &block;
  event.copy_index = static_cast<std::uint32_t>(block.members.size());
  block.members.push_back(&event);
  ++block.alive;
  storage::stored_event stored;
  stored.position = event.position;
  stored.guild_id = event.guild_id;
  stored.seq = event.seq;
  stored.received_unix_ms = runtime::unix_ms_of(event.received);
  stored.attempts = event.attempts;
  stored.rank = with_.budget.rank_of(event.type);
  stored.is_barrier = event.is_barrier;
  stored.mark = event.deferred;
  stored.session_id = event.session->session_id();
  stored.total_shards = static_cast<std::uint32_t>(event.session->total_shards());
  stored.type = with_.types.name(event.type);
  stored.payload = event.payload();
  to_store_[queue.open_block].events.add(stored);
}

/// The block that takes the queue's next event.
stored_block& backlog::open_block(backlog_queue& queue, bool is_tail) {
  if (queue.open_block < store_.size()) {
    stored_block& open = *store_[queue.open_block];
    // What is read back or given up at once is a small part of the memory.
    const auto most = std::clamp(with_.budget.limit() / 32, least_in_block, most_in_block);
    const bool is_full = to_store_[queue.open_block].events.bytes() >= most;
    if (open.queue == &queue && open.is_tail == is_tail && !is_full) return open;
  }
  auto made = std::make_unique<stored_block>();
  made->id = with_.store->next_id();
  made->queue = &queue;
  made->is_tail = is_tail;
  if (is_tail) ++queue.tail_under_way;
  queue.open_block = store_.size();
  to_store_.push_back({made->id, queue.key, {}});
  return *store_.emplace_back(std::move(made));
}

void backlog::send_store() {
  is_storing_ = true;
  for (auto& block : store_) block->first_position = block->members.front()->position;
  with_.store->store(std::exchange(to_store_, {}),
                     [this](const storage::store_result& result) { on_stored(result); });
}

void backlog::on_stored(const storage::store_result& result) {
  const auto now = with_.clock();
  is_storing_ = false;
  is_full_ = result.outcome == storage::store_outcome::full;
  auto blocks = std::exchange(store_, {});
  if (result.outcome == storage::store_outcome::stored) {
    blocked_until_ = runtime::time_point::min();
    for (auto& block : blocks) commit(std::move(block), now);
  } else {
    std::for_each(blocks.rbegin(), blocks.rend(), [this](auto& block) { take_back(*block); });
    blocked_until_ = now + pause_after_failure;
    if (is_full_ && with_.budget.exceeds(6)) shed();
  }
  pump(now);
  owner_.on_progress();
}

void backlog::commit(block_ptr block, runtime::time_point now) {
  block->is_committed = true;
  backlog_queue& queue = *block->queue;
  for (auto* member : block->members) {
    if (member != nullptr) owner_.on_safe(*member);
  }
  if (block->is_tail) return commit_tail(std::move(block), now);
  queue.bare -= block->alive;
  keep_block(std::move(block));
}

/// Committed, with its events in lanes.
void backlog::keep_block(block_ptr block) {
  stored_block& kept = *block.release();
  kept.queue->blocks.push_back(kept);
  if (kept.alive == 0) return drop_block(kept);
  if (kept.has_late_marks) changed_.push_back(kept);
}

/// It leaves memory, unless nothing is in front of it and there is room.
void backlog::commit_tail(block_ptr block, runtime::time_point now) {
  backlog_queue& queue = *block->queue;
  --queue.tail_under_way;
  block->is_tail = false;
  const bool has_to_stay = is_held(queue, block->first_position) || has_to_wait(queue, now);
  if (block->alive == 0 || !has_to_stay) {
    const auto members = block->members;  // it may go with its last event
    keep_block(std::move(block));
    for (auto* member : members) {
      if (member != nullptr) deliver_from_tail(*member);
    }
    return;
  }
  if (queue.on_disk == 0) queue.from = block->first_position;
  change_on_disk(queue, static_cast<std::int64_t>(block->alive));
  if (block->has_late_marks) with_.store->mark(block->id, marks_of(*block));
  for (auto* member : block->members) {
    if (member != nullptr) leave_memory(take_from_tail(*member));
  }
}

void backlog::leave_memory(events::event_ptr event) {
  owner_.on_left_memory(*event);
  with_.budget.forget(*event);
  backlog_queue& queue = *event->queue;
  if (--queue.in_memory == 0) --queues_in_memory_;
  queue.bytes -= event->memory_bytes();
}

/// It is in memory only, as before. Of several blocks the newest comes back first.
void backlog::take_back(stored_block& block) {
  if (block.is_tail) --block.queue->tail_under_way;
  for (auto member = block.members.rbegin(); member != block.members.rend(); ++member) {
    if (*member == nullptr) continue;
    (*member)->copy = nullptr;
    unwritten_.push_front(**member);
  }
}

void backlog::drop_block(stored_block& finished) {
  removed_.push_back(finished.id);
  auto& blocks = finished.queue->blocks;
  blocks.erase_and_dispose(blocks.iterator_to(finished), std::default_delete<stored_block>{});
}

std::vector<storage::event_mark> backlog::marks_of(const stored_block& block) {
  std::vector<storage::event_mark> marks;
  marks.reserve(block.members.size());
  for (const auto* member : block.members) {
    marks.push_back(member == nullptr ? storage::mark_done : member->deferred);
  }
  return marks;
}

void backlog::write_marks() {
  while (!changed_.empty()) {
    stored_block& changed = changed_.front();
    changed_.pop_front();
    with_.store->mark(changed.id, marks_of(changed));
  }
  if (!removed_.empty()) with_.store->remove(std::exchange(removed_, {}));
}

void backlog::write_all() {
  if (!is_used()) return;
  is_ending_ = true;
  blocked_until_ = runtime::time_point::min();
  write_due(with_.clock());
  write_marks();
}

}  // namespace gatehouse::delivery
