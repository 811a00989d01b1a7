#include <gatehouse/delivery/lane_scheduler.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace gatehouse::delivery {

namespace {

template <class Queue>
void destroy_all(Queue& queue) noexcept {
  while (!queue.empty()) {
    events::event& dead = queue.front();
    queue.pop_front();
    events::event_deleter{}(&dead);
  }
}

}  // namespace

lane_scheduler::lane_scheduler(config::ordering ordering, std::size_t pipeline_depth,
                               std::size_t slots)
    : ordering_(ordering),
      pipeline_depth_(pipeline_depth),
      bound_(slots),
      bound_was_last_(slots, 0) {}

lane_scheduler::~lane_scheduler() {
  for (auto& taken : requests_) destroy_all(taken.events);
  for (auto& stored : lane_store_) destroy_all(stored.waiting);
  for (auto& gate : gates_) {
    if (gate) destroy_all(gate->behind);
  }
  ready_.clear();
  for (auto& turns : bound_) turns.clear();
  held_.clear();
}

lane_key lane_scheduler::key_of(const events::event& event) const noexcept {
  if (ordering_ == config::ordering::none) {
    return {event.shard_id(), reinterpret_cast<std::uintptr_t>(&event)};
  }
  return {event.shard_id(), ordering_ == config::ordering::guild ? event.guild_id : 0};
}

shard_gate& lane_scheduler::gate_of(int shard_id) {
  const auto index = static_cast<std::size_t>(shard_id);
  if (index >= gates_.size()) gates_.resize(index + 1);
  if (!gates_[index]) gates_[index] = std::make_unique<shard_gate>();
  return *gates_[index];
}

void lane_scheduler::push(events::event_ptr added) {
  events::event& event = *added.release();
  ++waiting_;
  shard_gate& gate = gate_of(event.shard_id());
  if (gate.holds_back(event.is_barrier)) {
    gate.behind.push_back(event);
  } else {
    enqueue(event, gate);
  }
}

void lane_scheduler::enqueue(events::event& added, shard_gate& gate) {
  ++gate.open;
  gate.barrier_open = added.is_barrier;
  lane& own = lane_for(key_of(added));
  const bool was_empty = own.waiting.empty();
  own.waiting.push_back(added);
  if (was_empty) schedule(own);
}

lane& lane_scheduler::lane_for(const lane_key& key) {
  const auto [place, is_new] = lanes_.try_emplace(key, nullptr);
  if (!is_new) return *place->second;
  lane* own = nullptr;
  if (free_lanes_.empty()) {
    own = &lane_store_.emplace_back();
  } else {
    own = free_lanes_.back();
    free_lanes_.pop_back();
  }
  own->key = key;
  place->second = own;
  return *own;
}

void lane_scheduler::recycle_if_empty(lane& served) {
  if (served.under_way > 0 || !served.waiting.empty()) return;
  lanes_.erase(served.key);
  served.singles = 0;
  served.held_until = lane::not_held;
  served.waiting.shrink();
  free_lanes_.push_back(&served);
}

/// Gives a lane with waiting events its place among those that may go.
void lane_scheduler::schedule(lane& ready) {
  if (is_held_back(ready)) return;  // `release` comes back here
  if (ready.under_way > 0) {
    if (pipeline_depth_ > 1) bound_[ready.slot].push_back(ready);
  } else if (ready.held_until != lane::not_held) {
    held_.insert(ready);
  } else {
    ready_.push_back(ready);
  }
}

void lane_scheduler::unschedule(lane& waiting) {
  if (waiting.hold_hook.is_linked()) {
    held_.erase(held_.iterator_to(waiting));
  } else if (waiting.turn_hook.is_linked()) {
    auto& turns = waiting.under_way > 0 ? bound_[waiting.slot] : ready_;
    turns.erase(turns.iterator_to(waiting));
  }
}

/// One request less under way.
void lane_scheduler::finish_turn(lane& served) {
  unschedule(served);
  --served.under_way;
  if (!served.waiting.empty()) {
    schedule(served);
  } else {
    recycle_if_empty(served);
  }
}

lane* lane_scheduler::next_lane(std::size_t slot) {
  auto& bound = bound_[slot];
  // Bound lanes can go nowhere else, yet must not keep the others from this slot for ever.
  const bool take_bound = !bound.empty() && (ready_.empty() || bound_was_last_[slot] == 0);
  bound_was_last_[slot] = take_bound ? 1 : 0;
  auto& turns = take_bound ? bound : ready_;
  return turns.empty() ? nullptr : &turns.front();
}

request* lane_scheduler::take(std::size_t slot, std::size_t max_events) {
  lane* next = next_lane(slot);
  if (next == nullptr) return nullptr;
  request& taken = new_request(slot);
  if (next->singles > 0) {
    taken.is_single = true;
    --next->singles;
    max_events = 1;
  }
  move_events(*next, taken, max_events);
  while (taken.events.size() < max_events) {
    next = next_lane(slot);
    if (next == nullptr || next->singles > 0) break;
    move_events(*next, taken, max_events);
  }
  waiting_ -= taken.events.size();
  under_way_ += taken.events.size();
  return &taken;
}

void lane_scheduler::move_events(lane& from, request& to, std::size_t max_events) {
  unschedule(from);
  from.waiting.prefetch(max_events - to.events.size());
  while (to.events.size() < max_events && !from.waiting.empty() && !is_held_back(from)) {
    events::event& event = from.waiting.front();
    from.waiting.pop_front();
    to.events.push_back(event);
  }
  to.lanes.push_back(&from);
  ++from.under_way;
  from.slot = to.slot;
  from.held_until = lane::not_held;
  if (!from.waiting.empty()) schedule(from);
  if (!ready_.empty()) ready_.front().waiting.prefetch(max_events);
}

request& lane_scheduler::new_request(std::size_t slot) {
  request* made = nullptr;
  if (free_requests_.empty()) {
    made = &requests_.emplace_back();
  } else {
    made = free_requests_.back();
    free_requests_.pop_back();
  }
  made->slot = slot;
  return *made;
}

void lane_scheduler::recycle(request& done) {
  done.is_single = false;
  done.lanes.clear();
  free_requests_.push_back(&done);
}

/// The lanes of an answered request go on.
void lane_scheduler::finish_lanes(request& done) {
  under_way_ -= done.events.size();
  for (lane* served : done.lanes) finish_turn(*served);
}

void lane_scheduler::settle(request& done) {
  finish_lanes(done);
  while (!done.events.empty()) {
    events::event& event = done.events.front();
    shard_gate& gate = gate_of(event.shard_id());
    done.events.pop_front();
    events::event_deleter{}(&event);
    close_event(gate);
  }
  recycle(done);
}

events::event_ptr lane_scheduler::settle_and_keep(request& done) {
  finish_lanes(done);
  events::event_ptr kept{&done.events.front()};
  done.events.pop_front();
  close_event(gate_of(kept->shard_id()));
  recycle(done);
  return kept;
}

void lane_scheduler::close_event(shard_gate& gate) {
  assert(gate.open > 0);
  if (--gate.open == 0) open_gate(gate);
}

/// Everything before the next barrier is settled: lets on what waits behind.
void lane_scheduler::open_gate(shard_gate& gate) {
  gate.barrier_open = false;
  while (!gate.behind.empty() && !gate.barrier_open) {
    events::event& next = gate.behind.front();
    if (next.is_barrier && gate.open > 0) return;
    gate.behind.pop_front();
    enqueue(next, gate);
  }
}

void lane_scheduler::put_back(request& failed, runtime::time_point held_until, bool as_singles) {
  under_way_ -= failed.events.size();
  waiting_ += failed.events.size();
  // The lanes leave their queues first: what they are counted under decides which one that is.
  for (lane* served : failed.lanes) unschedule(*served);
  restore_events(failed, as_singles || failed.is_single);
  for (lane* served : failed.lanes) {
    --served->under_way;
    served->held_until = held_until;
    schedule(*served);
  }
  recycle(failed);
}

void lane_scheduler::restore_events(request& failed, bool as_singles) {
  auto own = failed.lanes.rbegin();
  while (!failed.events.empty()) {
    events::event& event = failed.events.back();
    failed.events.pop_back();
    const lane_key key = key_of(event);
    while ((*own)->key != key) ++own;
    (*own)->waiting.push_front(event);
    if (as_singles) ++(*own)->singles;
  }
}

void lane_scheduler::list_waiting(std::vector<events::event*>& into) {
  for (auto& entry : lanes_) {
    for (auto& event : entry.second->waiting) into.push_back(&event);
  }
  for (auto& gate : gates_) {
    if (!gate) continue;
    for (auto& event : gate->behind) into.push_back(&event);
  }
}

events::event_ptr lane_scheduler::discard(events::event& unwanted) {
  shard_gate& gate = gate_of(unwanted.shard_id());
  events::event_ptr taken{&unwanted};
  --waiting_;
  if (unwanted.queue_hook.is_linked()) {
    gate.behind.erase(gate.behind.iterator_to(unwanted));
    return taken;
  }
  lane& own = *lanes_.find(key_of(unwanted))->second;
  own.waiting.erase(unwanted);
  if (own.waiting.empty()) {
    unschedule(own);
    own.singles = 0;
    recycle_if_empty(own);
  } else if (is_held_back(own)) {
    unschedule(own);  // it may be the front only now
  } else if (!is_scheduled(own)) {
    schedule(own);  // a held one may have been in front
  }
  close_event(gate);
  return taken;
}

void lane_scheduler::release_held(runtime::time_point now) {
  while (!held_.empty() && held_.begin()->held_until <= now) {
    lane& due = *held_.begin();
    held_.erase(held_.begin());
    due.held_until = lane::not_held;
    ready_.push_back(due);
  }
}

void lane_scheduler::release_all_held() {
  release_held(runtime::time_point::max());
}

/// Null where it waits behind a READY, or nothing is left of its lane.
lane* lane_scheduler::lane_of(const events::event& member) {
  if (member.queue_hook.is_linked()) return nullptr;
  const auto own = lanes_.find(key_of(member));
  return own != lanes_.end() ? own->second : nullptr;
}

void lane_scheduler::hold(events::event& wanted) {
  if (std::exchange(wanted.is_held, true)) return;
  lane* const own = lane_of(wanted);
  if (own != nullptr && is_held_back(*own)) unschedule(*own);
}

void lane_scheduler::release(events::event& held) {
  if (!std::exchange(held.is_held, false)) return;
  lane* const own = lane_of(held);
  if (own != nullptr && !own->waiting.empty() && !is_scheduled(*own)) schedule(*own);
}

std::size_t lane_scheduler::count_forgotten(bool mends) {
  std::size_t forgotten = 0;
  for (auto& [key, own] : lanes_) {
    const bool waits = !own->waiting.empty() && own->under_way == 0 && !is_scheduled(*own);
    if (!waits || is_held_back(*own)) continue;
    ++forgotten;
    if (mends) schedule(*own);
  }
  for (auto& gate : gates_) {
    if (!gate || gate->open > 0 || gate->behind.empty()) continue;
    ++forgotten;
    if (mends) open_gate(*gate);
  }
  return forgotten;
}

runtime::time_point lane_scheduler::next_release() const noexcept {
  return held_.empty() ? runtime::time_point::max() : held_.begin()->held_until;
}

}  // namespace gatehouse::delivery
