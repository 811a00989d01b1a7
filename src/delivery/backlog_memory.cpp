#include <gatehouse/delivery/backlog.hpp>
#include <gatehouse/runtime/wall_clock.hpp>

#include <algorithm>
#include <utility>

/// The part of the backlog that moves events between memory and disk.
namespace gatehouse::delivery {

namespace {

constexpr std::size_t loads_at_once = 4;
constexpr std::uint64_t least_a_load = 64UL << 10;
constexpr std::uint64_t most_a_load = 1UL << 20;
constexpr std::size_t most_shed_bytes = 4UL << 20;
constexpr runtime::seconds pause_after_failure{1};

}  // namespace

std::uint64_t backlog::load_bytes() const noexcept {
  return std::clamp(with_.budget.limit() / 32, least_a_load, most_a_load);
}

/// Reads on where a handler can take more; the queues take turns.
void backlog::load_more(runtime::time_point now) {
  if (now < read_after_ || is_ending_ || is_shedding_) return;
  for (std::size_t left = reading_.size(); left > 0 && loads_ < loads_at_once; --left) {
    backlog_queue& next = reading_.front();
    reading_.splice(reading_.end(), reading_, reading_.begin());
    if (wants_more(next)) load(next);
  }
}

bool backlog::wants_more(const backlog_queue& queue) const noexcept {
  if (queue.is_loading || queue.is_leaving || waits_for_others(queue)) return false;
  if (is_held(queue, queue.from)) return false;
  const auto expected = with_.budget.bytes() + loads_ * load_bytes();
  // Only this gets its handler on, or lets it be tried: whatever else fills the memory, and be it
  // by this one load beyond its bound.
  if (queue.in_lanes() == 0) return expected < with_.budget.limit() / 8 * 7 || loads_ == 0;
  const auto low = std::max(with_.budget.limit() / 16, 2 * load_bytes());
  return expected < with_.budget.limit() / 2 && queue.bytes < low;
}

void backlog::load(backlog_queue& queue) {
  queue.is_loading = true;
  ++loads_;
  with_.store->load(
      {queue.key, queue.from, load_bytes()},
      [this, &queue](const storage::load_result& result) { on_loaded(queue, result); });
}

void backlog::on_loaded(backlog_queue& queue, const storage::load_result& result) {
  const auto now = with_.clock();
  queue.is_loading = false;
  --loads_;
  if (!result.error.empty()) {
    read_after_ = now + pause_after_failure;
  } else {
    if (result.lost_events > 0) lose(queue, result.lost_events);
    bool has_all = true;
    for (const auto& block : result.blocks) {
      has_all = has_all && !is_held(queue, block.last_position);
      if (has_all) take_in(queue, block);
    }
    // What was counted when the load began, or since, was there for it to read.
    if (result.is_end && has_all && queue.on_disk > 0) lose(queue, queue.on_disk);
  }
  pump(now);
  owner_.on_progress();
}

void backlog::take_in(backlog_queue& queue, const storage::loaded_block& block) {
  auto made = std::make_unique<stored_block>();
  made->id = block.id;
  made->queue = &queue;
  made->is_committed = true;
  made->members.resize(block.events.size());
  std::uint64_t open = 0;
  std::size_t index = 0;
  const bool is_whole = block.events.for_each([&](const storage::stored_event& stored) {
    const std::size_t own_index = index++;
    if (index == 1) made->first_position = stored.position;
    if (stored.mark == storage::mark_done) return;
    ++open;
    auto event = make_event(queue, stored);
    if (!owner_.on_loaded(*event)) return;
    event->copy = made.get();
    event->copy_index = static_cast<std::uint32_t>(own_index);
    made->members[own_index] = event.get();
    ++made->alive;
    admit(*event, queue);
    with_.budget.admit(*event);
    owner_.deliver(std::move(event));
  });
  queue.from = block.last_position + 1;
  change_on_disk(queue, -static_cast<std::int64_t>(std::min(open, queue.on_disk)));
  if (!is_whole) lose(queue, block.events.size() - index);
  made->has_late_marks = made->alive < open;
  keep_block(std::move(made));
}

events::event_ptr backlog::make_event(backlog_queue& queue, const storage::stored_event& stored) {
  auto made = with_.pool.make(queue.prefix, stored.payload);
  made->session = session_of(queue.shard_id, stored);
  made->seq = stored.seq;
  made->guild_id = stored.guild_id;
  made->type = with_.types.intern(stored.type);
  made->is_barrier = stored.is_barrier;
  made->received = runtime::time_of(stored.received_unix_ms);
  made->position = stored.position;
  made->attempts = stored.attempts;
  made->is_loaded = true;
  made->is_settled = true;
  made->deferred = stored.mark;
  if (stored.mark != storage::mark_open) made->answered = events::event::answer::given;
  return made;
}

events::session_log_ptr backlog::session_of(int shard_id, const storage::stored_event& stored) {
  const auto known = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& each) {
    return each.shard_id == shard_id && each.session_id == stored.session_id;
  });
  if (known != sessions_.end()) return known->log;
  // Nothing of it can be open here: what is on disk is settled for its session.
  events::session_log_ptr log = new events::session_log(shard_id, std::string{stored.session_id}, 0,
                                                        {}, static_cast<int>(stored.total_shards));
  std::erase_if(sessions_, [](const auto& each) { return each.log->use_count() == 1; });
  sessions_.push_back({shard_id, std::string{stored.session_id}, log});
  return log;
}

/// The disk has less than it was given: it was damaged, and set aside.
void backlog::lose(backlog_queue& queue, std::uint64_t events) {
  const auto lost = std::min(events, queue.on_disk);
  change_on_disk(queue, -static_cast<std::int64_t>(lost));
  owner_.on_lost(queue.shard_id, events);
}

/// Gives up memory that is needed for what is newer, from the longest queues first.
void backlog::relieve() {
  while (with_.budget.exceeds(6)) {
    backlog_queue* longest = nullptr;
    for (auto& queue : queues_) {
      if (longest != nullptr && queue.bytes <= longest->bytes) continue;
      if (can_release(queue)) longest = &queue;
    }
    if (longest == nullptr) return;
    release_newest(*longest);
  }
}

/// Whether the newest of its lanes may be left to the disk.
bool backlog::can_release(const backlog_queue& queue) noexcept {
  if (queue.blocks.empty() || queue.is_loading || queue.bare > 0) return false;
  const auto& newest = queue.blocks.back();
  if (newest.alive >= queue.in_lanes()) return false;
  return std::none_of(newest.members.begin(), newest.members.end(),
                      [](const auto* member) { return member != nullptr && member->is_under_way; });
}

void backlog::release_newest(backlog_queue& queue) {
  stored_block& newest = queue.blocks.back();
  queue.blocks.pop_back();
  const block_ptr block{&newest};
  if (newest.changed_hook.is_linked()) with_.store->mark(newest.id, marks_of(newest));
  queue.from = newest.first_position;
  change_on_disk(queue, static_cast<std::int64_t>(newest.alive));
  for (auto member = newest.members.rbegin(); member != newest.members.rend(); ++member) {
    if (*member != nullptr) leave_memory(owner_.withdraw(**member));
  }
}

/// Disk and memory are nearly full: what is dropped first goes. What is in memory goes as memory
/// runs out.
void backlog::shed() {
  if (loads_ > 0 || is_shedding_ || reading_.empty()) return;
  storage::shed_request wanted;
  std::vector<backlog_queue*> asked;
  for (auto& queue : reading_) {
    wanted.parts.push_back({queue.key, queue.from});
    asked.push_back(&queue);
  }
  wanted.max_bytes = most_shed_bytes;
  is_shedding_ = true;
  with_.store->shed(std::move(wanted), [this, asked](const std::vector<storage::shed_count>& gone) {
    is_shedding_ = false;
    for (const auto& each : gone) {
      auto& queue = *asked.at(each.part);
      change_on_disk(queue, -static_cast<std::int64_t>(std::min(each.events, queue.on_disk)));
      owner_.on_shed(each.type, each.events);
    }
    if (!gone.empty()) blocked_until_ = runtime::time_point::min();
    pump(with_.clock());
    owner_.on_progress();
  });
}

}  // namespace gatehouse::delivery
