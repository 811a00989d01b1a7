#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/delivery/event_queue.hpp>
#include <gatehouse/events/event.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace gatehouse::delivery {

/// Events in no lane yet: behind a READY of their shard, or behind what only the disk has.
using waiting_list = boost::intrusive::list<
    events::event,
    boost::intrusive::member_hook<events::event, events::event::hook, &events::event::queue_hook>,
    boost::intrusive::constant_time_size<false>>;

/// What is delivered strictly one after another.
struct lane_key {
  int shard_id = 0;
  std::uint64_t id = 0;  ///< the guild, nothing, or the event itself, by the ordering

  bool operator==(const lane_key&) const = default;
  friend std::size_t hash_value(const lane_key& key) noexcept {
    return static_cast<std::size_t>(key.id * 31U + static_cast<unsigned>(key.shard_id));
  }
};

/// The order of events within one shard across its lanes, as far as READY asks for it.
struct shard_gate {
  std::size_t open = 0;       ///< events in lanes or under way
  bool barrier_open = false;  ///< the only open one is a READY
  waiting_list behind;

  /// Whether one that arrives has to wait behind.
  [[nodiscard]] bool holds_back(bool is_barrier) const noexcept {
    return barrier_open || !behind.empty() || (is_barrier && open > 0);
  }
};

/// A first-in first-out queue whose order the handler sees.
struct lane {
  static constexpr auto not_held = runtime::time_point::min();

  lane_key key;
  event_queue waiting;
  std::size_t under_way = 0;  ///< requests
  std::size_t slot = 0;       ///< where they are, with under_way > 0
  std::size_t singles = 0;    ///< this many of the first waiting events go alone
  runtime::time_point held_until = not_held;
  boost::intrusive::list_member_hook<> turn_hook;  ///< in the queue of ready or bound lanes
  boost::intrusive::set_member_hook<> hold_hook;   ///< among the held ones
};

/// What goes to a handler in one POST: one event, or a batch of them. Made, recycled and kept alive
/// by its `lane_scheduler`; whoever took it gives it back by `settle` or `put_back`.
struct request : boost::intrusive::list_base_hook<> {
  event_queue events;
  std::size_t slot = 0;      ///< the connection slot it was taken for
  bool is_single = false;    ///< repeats one event of a refused batch, alone
  std::vector<lane*> lanes;  ///< the scheduler's: where its events came from, in order
};

/// Requests in the order they were sent on a connection.
using request_queue = boost::intrusive::list<request, boost::intrusive::constant_time_size<false>>;

/// Decides which events go into the next request of one target. Pure: no clock, no I/O.
///
/// A lane has one request under way at a time; with a pipeline depth above 1 it may have several,
/// in order, all on one connection slot. Lanes take turns. A barrier (READY) waits until everything
/// earlier of its shard is settled, and everything later of the shard waits for the barrier.
///
/// Owns the events from `push` to `settle` or `discard`. In a steady state nothing is allocated.
/// Not thread-safe; one per target.
class lane_scheduler {
 public:
  lane_scheduler(config::ordering ordering, std::size_t pipeline_depth, std::size_t slots);
  ~lane_scheduler();
  lane_scheduler(const lane_scheduler&) = delete;
  lane_scheduler& operator=(const lane_scheduler&) = delete;

  void push(events::event_ptr added);

  /// Some lane may go to any slot.
  [[nodiscard]] bool has_ready() const noexcept { return !ready_.empty(); }
  /// How many lanes could go at once.
  [[nodiscard]] std::size_t ready_lanes() const noexcept { return ready_.size(); }
  /// Some lane whose requests are under way on this slot has more for it.
  [[nodiscard]] bool has_bound(std::size_t slot) const noexcept { return !bound_[slot].empty(); }
  /// The next request for a slot, or null when nothing may go there now. With `max_events` above 1
  /// it takes what waits: a lane as far as it reaches, then further lanes.
  request* take(std::size_t slot, std::size_t max_events);

  /// The request is answered for good: destroys its events.
  void settle(request& done);
  /// Likewise, of a request with one event, which is kept.
  events::event_ptr settle_and_keep(request& done);
  /// The request is to be repeated: its events go back to the front of their lanes, which then wait
  /// until `held_until`. Of several requests of one slot the newest goes back first. With
  /// `as_singles` its events are sent one by one from now on.
  void put_back(request& failed, runtime::time_point held_until, bool as_singles = false);
  /// Takes out an event that is not under way.
  events::event_ptr discard(events::event& unwanted);

  /// Appends all that are not under way.
  void list_waiting(std::vector<events::event*>& into);

  /// Its lane stops before this event until `release`; one under way is not sent again until then.
  void hold(events::event& wanted);
  void release(events::event& held);

  /// Lets go on the lanes whose time has come.
  void release_held(runtime::time_point now);
  /// Lets all go on: what held them back is over.
  void release_all_held();
  /// When `release_held` is due; `time_point::max()` with no lane held.
  [[nodiscard]] runtime::time_point next_release() const noexcept;

  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }
  [[nodiscard]] std::size_t under_way() const noexcept { return under_way_; }
  [[nodiscard]] bool empty() const noexcept { return waiting_ + under_way_ == 0; }
  [[nodiscard]] std::size_t lanes() const noexcept { return lanes_.size(); }
  /// Lanes that have waiting events and will never be asked for them: none, or this class is wrong.
  /// With `mends` they get their turn. Looks at every lane: not for the data path.
  std::size_t count_forgotten(bool mends);

  /// Calls `visit(const events::event&)` for those under way.
  template <class Visitor>
  void for_each_under_way(Visitor&& visit) const {
    for (const auto& taken : requests_) {
      for (const auto& event : taken.events) visit(event);
    }
  }

 private:
  struct by_release {
    bool operator()(const lane& a, const lane& b) const noexcept {
      return a.held_until < b.held_until;
    }
  };
  using turn_queue = boost::intrusive::list<
      lane,
      boost::intrusive::member_hook<lane, boost::intrusive::list_member_hook<>, &lane::turn_hook>>;
  using hold_set = boost::intrusive::multiset<
      lane,
      boost::intrusive::member_hook<lane, boost::intrusive::set_member_hook<>, &lane::hold_hook>,
      boost::intrusive::compare<by_release>>;

  [[nodiscard]] lane_key key_of(const events::event& event) const noexcept;
  shard_gate& gate_of(int shard_id);
  void enqueue(events::event& added, shard_gate& gate);
  lane& lane_for(const lane_key& key);
  [[nodiscard]] lane* lane_of(const events::event& member);
  [[nodiscard]] static bool is_held_back(const lane& waiting) noexcept {
    return !waiting.waiting.empty() && waiting.waiting.front().is_held;
  }
  [[nodiscard]] static bool is_scheduled(const lane& waiting) noexcept {
    return waiting.hold_hook.is_linked() || waiting.turn_hook.is_linked();
  }
  void schedule(lane& ready);
  void unschedule(lane& waiting);
  void finish_turn(lane& served);
  void recycle_if_empty(lane& served);
  lane* next_lane(std::size_t slot);
  void move_events(lane& from, request& to, std::size_t max_events);
  request& new_request(std::size_t slot);
  void recycle(request& done);
  void restore_events(request& failed, bool as_singles);
  void finish_lanes(request& done);
  void close_event(shard_gate& gate);
  void open_gate(shard_gate& gate);

  config::ordering ordering_;
  std::size_t pipeline_depth_;
  std::size_t waiting_ = 0;
  std::size_t under_way_ = 0;  ///< events
  boost::unordered_flat_map<lane_key, lane*> lanes_;
  std::vector<std::unique_ptr<shard_gate>> gates_;  ///< by shard id
  std::deque<lane> lane_store_;
  std::vector<lane*> free_lanes_;
  std::deque<request> requests_;
  std::vector<request*> free_requests_;
  turn_queue ready_;
  std::vector<turn_queue> bound_;     ///< by slot
  std::vector<char> bound_was_last_;  ///< by slot: the turn before went to a bound lane
  hold_set held_;
};

}  // namespace gatehouse::delivery
