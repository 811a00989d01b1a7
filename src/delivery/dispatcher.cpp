#include "dispatcher_impl.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::delivery {

namespace {

constexpr std::size_t read_buffer_bytes = 65'536;

}  // namespace

dispatcher::impl::impl(boost::asio::io_context& context, options settings,
                       events::event_type_registry& registry, events::event_pool& pool,
                       runtime::random_source jitter, reporter& reports)
    : io_(context),
      chosen_(std::move(settings)),
      types_(registry),
      random_(std::move(jitter)),
      told_(reports),
      routes_(chosen_.handlers, chosen_.routes, chosen_.decisions),
      interaction_type_(types_.intern("INTERACTION_CREATE")),
      read_buffer_(read_buffer_bytes),
      target_context_{io_,     chosen_,      types_,        random_,   told_,
                      budget_, read_buffer_, write_buffer_, counters_, *this},
      backlog_({nullptr, pool, types_, budget_, chosen_.queue, chosen_.handlers.envelope,
                &runtime::clock::now},
               *this),
      budget_(chosen_.queue, types_),
      unanswered_(chosen_.answer_deadline),
      housekeeping_(io_),
      leave_timer_(io_),
      stop_timer_(io_) {
  check(chosen_, routes_);
  if (chosen_.spool != nullptr) {
    port_.emplace(io_, *chosen_.spool, [this] { check_stopped(); });
    backlog_.use(*port_);
  }
  renew_targets(false);
  learn_routes();
}

/// Its number stays, whatever is configured: an event goes where the routes of now send it.
dispatcher::impl::target_number dispatcher::impl::target_number_of(
    const events::event& event) const {
  if (event.wanted_url != nullptr) {
    // A reload may have taken it away.
    if (const auto wanted = routes_.number_of_url(*event.wanted_url)) {
      return target_of_url_[*wanted];
    }
  }
  const auto route = route_of(event.type);
  if (!routes_.is_decided()) return target_of_url_[routes_.target_of(route, event.shard_id())];
  return target_of_url_[routes_.choose(route, event.shard_id(), types_.name(event.type))];
}

std::size_t dispatcher::impl::route_of(events::event_type type) const noexcept {
  const auto index = static_cast<std::size_t>(type);
  return index < route_of_type_.size() ? route_of_type_[index] : 0;
}

backlog_queue& dispatcher::impl::queue_of(const events::event& event) {
  const auto shard = static_cast<std::size_t>(event.shard_id());
  if (event.target >= queues_.size()) queues_.resize(event.target + std::size_t{1});
  auto& by_shard = queues_[event.target];
  if (shard >= by_shard.size()) by_shard.resize(shard + 1, nullptr);
  auto*& known = by_shard[shard];
  if (known == nullptr)
    known = &backlog_.queue_for(event.shard_id(), targets_[event.target]->key());
  return *known;
}

void dispatcher::impl::restore(const storage::queue_summary& found, bool has_same_routes) {
  last_position_ = std::max(last_position_, found.last_position);
  const bool is_known = std::any_of(targets_.begin(), targets_.end(), [&](const auto& each) {
    return each != nullptr && each->key() == found.key.url;
  });
  std::vector<std::string> feeds;
  if (!has_same_routes || !is_known) feeds.emplace_back(backlog::any_url);
  backlog_.restore(found, std::move(feeds));
}

void dispatcher::impl::begin_restored() {
  send_new(runtime::clock::now());
}

/// Hot path: once per event.
void dispatcher::impl::accept(events::event_ptr accepted) {
  events::event& event = *accepted;
  const auto now = event.received;
  event.position = ++last_position_;
  event.target = target_number_of(event);
  target& to = target_of(event);
  if (budget_.rank_of(event.type) == storage::event_rank::shed_first && backlog_.is_nearly_full()) {
    settle(event);
    return count_drop(event.type, drop_reason::queue_full, 1, now);
  }
  backlog_queue& queue = queue_of(event);
  const bool lines_up = backlog_.lines_up(queue, now);
  budget_.admit(event);
  if (lines_up) {
    backlog_.line_up(std::move(accepted), queue);
  } else {
    backlog_.track(event, queue);
    to.push(std::move(accepted));
  }
  if (event.type == interaction_type_ && chosen_.responder != nullptr) watch(event);
  to.note_arrival();
  has_new_ = true;
  if (budget_.bytes() > budget_.limit()) keep_bound(event, now);
  if (!is_burst_) send_new(runtime::clock::now());
}

void dispatcher::impl::end_burst() {
  is_burst_ = false;
  if (has_new_) send_new(runtime::clock::now());
}

void dispatcher::impl::send_new(runtime::time_point now) {
  has_new_ = false;
  if (backlog_.holds_back()) backlog_.pump(now);
  for_each_target([now](target& each) {
    if (each.has_new()) each.pump(now);
  });
  keep_house(now);
}

/// Memory is used up. What can be sent, or is on disk, need not be dropped.
void dispatcher::impl::keep_bound(events::event& newest, runtime::time_point now) {
  send_new(runtime::clock::now());
  // Larger than all of the memory: it does not take the others with it.
  if (newest.is_oversized && !newest.is_under_way && !backlog_.is_working(now)) {
    return drop(newest, drop_reason::queue_full, now);
  }
  const auto allowance = backlog_.is_working(now) ? most_in_excess : 0;
  if (budget_.excess() > allowance) backlog_.pump(now);
  while (budget_.excess() > allowance) {
    events::event* const victim = budget_.victim();
    if (victim == nullptr) return;
    drop(*victim, drop_reason::queue_full, now);
  }
}

void dispatcher::impl::settle(events::event& safe) {
  if (std::exchange(safe.is_settled, true)) return;
  if (safe.seq != 0) {
    safe.session->settle(safe.seq);
  } else {
    safe.session->settle_unnumbered();
  }
}

/// To those who watch; only while somebody does.
void dispatcher::impl::show(const events::event& done) {
  const auto now = runtime::clock::now();
  const auto id = event_id(done);
  const auto& target = *targets_[done.target];
  chosen_.tail->offer({types_.name(done.type), done.shard_id(), done.guild_id, id, target.name(),
                       done.attempts, now - done.received, done.payload()},
                      now);
}

/// It need not be delivered any more.
void dispatcher::impl::finish(events::event& done) {
  settle(done);
  if (done.answered == events::event::answer::under_way) being_answered_.erase(key_of(done));
  backlog_.forget(done);
  budget_.forget(done);
}

/// Unlinks an event that waits from all but its owner, and gives it up.
events::event_ptr dispatcher::impl::take_out(events::event& unwanted) {
  finish(unwanted);
  return unwanted.is_lined_up ? backlog_.take_from_tail(unwanted)
                              : target_of(unwanted).discard(unwanted);
}

void dispatcher::impl::drop(events::event& unwanted, drop_reason reason, runtime::time_point now) {
  target& holder = target_of(unwanted);
  const auto dropped = take_out(unwanted);
  count_drop(dropped->type, reason, 1, now);
  holder.pump(now);  // it may have been the last that a barrier waited for
}

void dispatcher::impl::count_drop(events::event_type type, drop_reason reason, std::uint64_t events,
                                  runtime::time_point now) {
  const auto count = drops_.count(type, reason, events, now);
  if (count > 0) told_.dropped(types_.name(type), reason, count);
}

/// Its copy and its place in its session stay until it is kept elsewhere.
void dispatcher::impl::on_refused(events::event_ptr refused, const refusal& why) {
  events::event& event = *refused;
  if (!chosen_.on_refused) return finish(event);
  const auto key = key_of(event);
  letters_.emplace(key, std::move(refused));
  chosen_.on_refused(event, why, [&io = io_, key, self = std::weak_ptr{self_}] {
    boost::asio::post(io, [key, self] {
      if (const auto alive = self.lock()) (*alive)->on_letter_kept(key);
    });
  });
}

void dispatcher::impl::on_letter_kept(const event_key& key) {
  const auto kept = letters_.find(key);
  if (kept == letters_.end()) return;
  finish(*kept->second);
  letters_.erase(kept);
  check_stopped();
}

void dispatcher::impl::on_room() {
  if (now_in_ != phase::running) return;
  if (backlog_.holds_back()) {
    const auto now = runtime::clock::now();
    backlog_.pump(now);
    if (has_new_) send_new(now);
  }
  if (was_congested_) tell_when_clear();
}

void dispatcher::impl::on_progress() {
  if (now_in_ != phase::running) return;
  erase_if(being_answered_, [this](const auto& entry) {
    const answering& each = entry.second;
    if (!each.given || each.queue->is_loading) return false;
    note_answer_on_disk(each);
    return true;
  });
  send_new(runtime::clock::now());
  if (was_congested_) tell_when_clear();
}

void dispatcher::impl::deliver(events::event_ptr next) {
  target& to = target_of(*next);
  to.note_arrival();
  has_new_ = true;
  to.push(std::move(next));
}

events::event_ptr dispatcher::impl::withdraw(events::event& waiting) {
  return target_of(waiting).discard(waiting);
}

bool dispatcher::impl::on_loaded(events::event& event) {
  const auto now = runtime::clock::now();
  if (const auto reason = budget_.overdue(event, now)) {
    count_drop(event.type, *reason, 1, now);
    return false;
  }
  event.target = target_number_of(event);
  const auto absent = being_answered_.find(key_of(event));
  if (absent == being_answered_.end()) return true;
  if (absent->second.given) {
    take_answer(event, *absent->second.given);
    being_answered_.erase(absent);
    if (event.is_unwanted) ++finally_answered_;
    return !event.is_unwanted;
  }
  absent->second.event = &event;
  event.answered = events::event::answer::under_way;
  event.is_held = true;
  return true;
}

/// What has not been answered yet would be out of reach when it is due.
void dispatcher::impl::on_left_memory(events::event& event) {
  if (event.watch_hook.is_linked()) {
    event.watch_hook.unlink();
    answer(event);
  }
  if (event.answered != events::event::answer::under_way) return;
  auto& known = being_answered_[key_of(event)];
  known = {nullptr, event.queue, event.copy->id, event.copy_index, {}};
}

void dispatcher::impl::on_shed(std::string_view type, std::uint64_t events) {
  count_drop(types_.intern(type), drop_reason::queue_full, events, runtime::clock::now());
}

void dispatcher::impl::on_lost(int shard_id, std::uint64_t events) {
  told_.spooled_lost(shard_id, events);
}

std::map<int, dispatcher::undelivered_count> dispatcher::impl::undelivered() const {
  std::map<int, undelivered_count> by_shard;
  backlog_.for_each_queue([&](const backlog_queue& queue) {
    if (queue.on_disk + queue.in_memory == 0) return;
    auto& count = by_shard[queue.shard_id];
    count.all += queue.on_disk + queue.in_memory;
    count.safe += queue.on_disk;
    for (const auto& block : queue.blocks) count.safe += block.alive;
  });
  return by_shard;
}

statistics dispatcher::impl::snapshot() const {
  const auto now = runtime::clock::now();
  statistics result;
  for_each_target([&](const target& each) {
    // One that ends has its counters in common with the one that takes its place.
    const bool is_listed = std::any_of(result.targets.begin(), result.targets.end(),
                                       [&](const auto& other) { return other.url == each.name(); });
    if (!is_listed) result.targets.push_back(each.status(now));
  });
  for (const auto& entry : drops_.entries()) {
    result.dropped.push_back({std::string{types_.name(entry.type)}, entry.reason, entry.total});
  }
  result.bytes = budget_.bytes();
  result.limit_bytes = budget_.limit();
  result.congested = was_congested_;
  result.spooled = backlog_.behind();
  result.answered_finally = finally_answered_;
  return result;
}

std::unique_ptr<dispatcher> dispatcher::make(boost::asio::io_context& io, options chosen,
                                             events::event_type_registry& types,
                                             events::event_pool& pool,
                                             runtime::random_source random, reporter& told) {
  return std::make_unique<impl>(io, std::move(chosen), types, pool, std::move(random), told);
}

}  // namespace gatehouse::delivery
