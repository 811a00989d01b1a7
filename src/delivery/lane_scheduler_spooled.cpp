#include <gatehouse/delivery/lane_scheduler.hpp>

#include <algorithm>
#include <utility>
#include <vector>

/// The part of the scheduler that deals with events in the spool, and with held ones.
namespace gatehouse::delivery {

lane_key lane_scheduler::key_of(const spooled_place& place) const noexcept {
  return {place.shard_id, ordering_ == config::ordering::guild ? place.guild_id : 0};
}

bool lane_scheduler::lines_up(const events::event& arrived) const {
  const auto index = static_cast<std::size_t>(arrived.shard_id());
  if (spooled_ == 0 || index >= gates_.size() || !gates_[index]) return false;
  if (gates_[index]->spooled_behind > 0) return true;
  if (!has_lane_for_spooled()) return false;
  const auto own = lanes_.find(key_of(arrived));
  return own != lanes_.end() && own->second->spooled > 0;
}

void lane_scheduler::add_spooled(const spooled_place& added) {
  ++spooled_;
  shard_gate& gate = gate_of(added.shard_id);
  if (gate.spooled_behind > 0 || gate.holds_back(added.is_barrier)) {
    ++gate.spooled_behind;
    gate.behind_from = std::min(gate.behind_from, added.position);
    return;
  }
  ++gate.open;
  ++gate.spooled_in_lanes;
  gate.barrier_open = added.is_barrier;
  if (has_lane_for_spooled()) ++lane_for(key_of(added), gate).spooled;
}

bool lane_scheduler::can_evict(const events::event& newest) const {
  if (!newest.gate_hook.is_linked()) return true;
  // The spool's part comes after all that is behind in memory.
  return &gates_[static_cast<std::size_t>(newest.shard_id())]->behind.back() == &newest;
}

events::event_ptr lane_scheduler::evict(events::event& newest) {
  ++spooled_;
  shard_gate& gate = gate_of(newest.shard_id());
  if (newest.gate_hook.is_linked()) {
    ++gate.spooled_behind;
    gate.behind_from = newest.position;
  } else {
    ++gate.spooled_in_lanes;
    if (has_lane_for_spooled()) ++lane_for(key_of(newest), gate).spooled;
  }
  take_out(newest);
  return events::event_ptr{&newest};
}

void lane_scheduler::push_loaded(events::event_ptr loaded) {
  events::event& event = *loaded.release();
  ++waiting_;
  --spooled_;
  shard_gate& gate = gate_of(event.shard_id());
  if (event.position < gate.behind_from) {
    --gate.spooled_in_lanes;
    append(event, gate);
    if (has_lane_for_spooled()) --lanes_.find(key_of(event))->second->spooled;
    return;
  }
  --gate.spooled_behind;
  // The others behind are newer. What is in memory stays in front of them, wherever it goes.
  gate.behind_from = gate.spooled_behind > 0 ? event.position + 1 : shard_gate::nowhere;
  if (gate.holds_back(event.is_barrier)) {
    put_behind(event, gate);
  } else {
    enqueue(event, gate);
  }
}

void lane_scheduler::remove_spooled(const spooled_place& removed) {
  --spooled_;
  shard_gate& gate = gate_of(removed.shard_id);
  if (removed.position >= gate.behind_from) {
    if (--gate.spooled_behind == 0) gate.behind_from = shard_gate::nowhere;
    return;
  }
  --gate.spooled_in_lanes;
  if (has_lane_for_spooled()) {
    lane& own = *lanes_.find(key_of(removed))->second;
    --own.spooled;
    recycle_if_empty(own);
  }
  close_event(gate);
}

void lane_scheduler::forget_spooled(int shard_id, std::span<const spooled_place> kept) {
  shard_gate& gate = gate_of(shard_id);
  std::vector<lane*> affected;
  for (const auto& [key, own] : lanes_) {
    if (key.shard_id == shard_id && std::exchange(own->spooled, 0) > 0) affected.push_back(own);
  }
  const std::size_t in_lanes = std::exchange(gate.spooled_in_lanes, 0);
  spooled_ -= in_lanes + std::exchange(gate.spooled_behind, 0);
  const auto behind_from = std::exchange(gate.behind_from, shard_gate::nowhere);
  // Those that are kept stay on their side of a READY that waits in memory.
  for (const auto& place : kept) {
    ++spooled_;
    if (place.position < behind_from) {
      ++gate.spooled_in_lanes;
      if (has_lane_for_spooled()) ++lanes_.find(key_of(place))->second->spooled;
    } else {
      ++gate.spooled_behind;
      gate.behind_from = std::min(gate.behind_from, place.position);
    }
  }
  for (lane* own : affected) recycle_if_empty(*own);
  for (auto lost = in_lanes - gate.spooled_in_lanes; lost > 0; --lost) close_event(gate);
}

/// Null where it waits behind a READY, or nothing is left of its lane.
lane* lane_scheduler::lane_of(const events::event& member) {
  if (member.gate_hook.is_linked()) return nullptr;
  const auto own = lanes_.find(key_of(member));
  return own != lanes_.end() ? own->second : nullptr;
}

void lane_scheduler::hold(events::event& wanted) {
  if (std::exchange(wanted.is_held, true)) return;
  lane* const own = lane_of(wanted);
  if (own == nullptr) return;
  ++own->held;
  if (is_held_back(*own)) unschedule(*own);
}

void lane_scheduler::release(events::event& held) {
  if (!std::exchange(held.is_held, false)) return;
  lane* const own = lane_of(held);
  if (own == nullptr) return;
  --own->held;
  if (!own->waiting.empty() && !is_scheduled(*own)) schedule(*own);
}

}  // namespace gatehouse::delivery
