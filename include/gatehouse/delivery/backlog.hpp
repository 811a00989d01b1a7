#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/delivery/lane_scheduler.hpp>
#include <gatehouse/delivery/queue_budget.hpp>
#include <gatehouse/events/event.hpp>
#include <gatehouse/events/event_type.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/spool.hpp>

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::delivery {

/// The disk as the backlog sees it: `storage::spool`, but that answers come on the worker's thread,
/// later, in the order of the calls, and not any more once the backlog is gone.
class block_store {
 public:
  virtual ~block_store() = default;
  virtual std::uint64_t next_id() = 0;
  virtual void store(std::vector<storage::new_block> blocks,
                     std::function<void(const storage::store_result&)> done) = 0;
  virtual void remove(const std::vector<std::uint64_t>& ids) = 0;
  virtual void mark(std::uint64_t id, std::vector<storage::event_mark> marks) = 0;
  virtual void mark_one(std::uint64_t id, std::size_t index, storage::event_mark mark) = 0;
  virtual void load(storage::load_request wanted,
                    std::function<void(const storage::load_result&)> done) = 0;
  virtual void shed(storage::shed_request wanted,
                    std::function<void(const std::vector<storage::shed_count>&)> done) = 0;
  /// Nearly all of its room is used.
  [[nodiscard]] virtual bool is_nearly_full() const = 0;
};

/// A block on disk, or on its way there, some of whose events are in memory too.
struct stored_block : boost::intrusive::list_base_hook<> {
  std::uint64_t id = 0;
  backlog_queue* queue = nullptr;
  std::int64_t first_position = 0;
  bool is_tail = false;  ///< its events are in no lane
  bool is_committed = false;
  bool has_late_marks = false;               ///< some changed while it was being written
  std::size_t alive = 0;                     ///< members that are not done
  std::vector<events::event*> members;       ///< by their place in the block; null: done
  events::event::leaving_hook changed_hook;  ///< among those whose marks the disk does not know
};

/// The undelivered events of one shard for one handler URL, in the order of their positions:
///
///   lanes     in memory: waiting for their handler, or under way to it;
///   on disk   `on_disk` events, from position `from` on, that only the disk has;
///   tail      in memory, in no lane: newer than what only the disk has.
///
/// 1. Whoever is further in front is older: nothing in lanes is newer than what only the disk has,
///    nothing in the tail is older. So lanes, READYs and circuits need to know memory alone.
/// 2. What has a copy on disk is a prefix of what is undelivered. A crash therefore loses the order
///    of nothing: what is on disk comes first, and Discord replays what is newer.
/// 3. Memory is given up from the back of the lanes, whole blocks at a time, never the last one;
///    reading goes on from `from` and moves it forward. So reading makes progress or does not
///    begin.
/// 4. The tail waits for the disk (to be written, or to be read up to it), for an older queue of
/// its
///    shard after a change of the routes, or for memory that is short; it never waits for nothing.
struct backlog_queue {
  int shard_id = 0;
  storage::queue_key key;
  std::string prefix;  ///< of its events' bodies

  std::size_t in_memory = 0;  ///< events in lanes, under way, and in the tail
  std::uint64_t bytes = 0;    ///< of those
  std::size_t bare = 0;       ///< in lanes or under way, without a copy that is committed
  boost::intrusive::list<stored_block> blocks;  ///< committed, of events in lanes; by position

  std::uint64_t on_disk = 0;
  std::int64_t from = 0;  ///< position; with `on_disk` > 0
  bool is_loading = false;

  waiting_list tail;
  std::size_t tail_events = 0;
  std::size_t tail_under_way = 0;  ///< blocks of the tail that are being written
  std::size_t open_block = 0;      ///< number of the one that takes its next event, if it is its

  /// After a change of the routes: URLs to which events of this queue may go instead of its own.
  /// Their queues of the same shard wait for it.
  std::vector<std::string> feeds;
  bool is_leaving = false;  ///< its target ends: what that has under way may come back
  /// What is newer than this position waits, as long as anybody holds it back.
  std::optional<std::int64_t> held_after;
  int holders = 0;

  boost::intrusive::list_member_hook<> tail_hook;  ///< among those with a tail
  boost::intrusive::list_member_hook<> disk_hook;  ///< among those with something on disk

  [[nodiscard]] std::size_t in_lanes() const noexcept { return in_memory - tail_events; }
};

/// Which of one worker's undelivered events are in memory, which on disk: see backlog_queue. Pure:
/// the disk is a `block_store`; on its worker's thread. Without a disk nothing leaves memory.
class backlog {
 public:
  /// What it asks of the dispatcher.
  class owner {
   public:
    virtual ~owner() = default;
    /// Into its lane.
    virtual void deliver(events::event_ptr next) = 0;
    /// Out of its lane: only the disk keeps it.
    virtual events::event_ptr withdraw(events::event& waiting) = 0;
    /// It was read back; false: it is not wanted any more, and counted.
    virtual bool on_loaded(events::event& event) = 0;
    /// It is about to be destroyed, since the disk has it.
    virtual void on_left_memory(events::event& event) = 0;
    /// Its copy is committed.
    virtual void on_safe(events::event& event) = 0;
    virtual void on_shed(std::string_view type, std::uint64_t events) = 0;
    virtual void on_lost(int shard_id, std::uint64_t events) = 0;
    /// A load or a store has ended: there may be memory, or something to send.
    virtual void on_progress() = 0;
  };
  struct services {
    block_store* store;  ///< null: no disk
    events::event_pool& pool;
    events::event_type_registry& types;
    queue_budget& budget;
    const config::queue_settings& settings;      ///< as of now
    const std::string& envelope;                 ///< likewise
    std::function<runtime::time_point()> clock;  ///< for when the disk answers
  };

  backlog(services with, owner& whose);
  ~backlog();
  backlog(const backlog&) = delete;
  backlog& operator=(const backlog&) = delete;

  /// Before anything else, if there is a disk; it must outlive this.
  void use(block_store& store) { with_.store = &store; }
  [[nodiscard]] bool is_used() const noexcept { return with_.store != nullptr; }
  /// Stands in `feeds` for whatever URL.
  static constexpr std::string_view any_url = "*";
  /// At start: what an earlier run has left.
  void restore(const storage::queue_summary& found, std::vector<std::string> feeds);
  /// Until it is empty, queues of its shard with these URLs wait for this one.
  void set_feeds(backlog_queue& queue, std::vector<std::string> urls);
  /// The queue of a shard and URL, made on demand; lives as long as this.
  backlog_queue& queue_for(int shard_id, const std::string& url);
  /// Calls `visit(backlog_queue&)` for each.
  template <class Visitor>
  void for_each_queue(Visitor&& visit) {
    for (auto& queue : queues_) visit(queue);
  }
  template <class Visitor>
  void for_each_queue(Visitor&& visit) const {
    for (const auto& queue : queues_) visit(queue);
  }
  /// The envelope has changed: for what is read back from now on.
  void make_prefixes();

  // Per event.
  /// True: a new event of this queue waits in its tail, not in a lane.
  [[nodiscard]] bool lines_up(const backlog_queue& queue, runtime::time_point now) const noexcept;
  /// A new event goes to its lane.
  void track(events::event& added, backlog_queue& queue);
  /// A new event waits in the tail.
  void line_up(events::event_ptr added, backlog_queue& queue);
  /// Takes one out of the tail that is to be dropped.
  events::event_ptr take_from_tail(events::event& unwanted);
  /// Delivered, set aside, or dropped: its copy is not needed any more.
  void forget(events::event& gone);
  /// Its interaction was deferred: the copy says so too.
  void note_deferred(const events::event& answered);
  /// Likewise, of one that only the disk has; `mark_done`: it need not be delivered any more.
  void note_on_disk(backlog_queue& queue, std::uint64_t block, std::size_t index,
                    storage::event_mark mark);

  /// Writes what is due, reads back what there is room for.
  void pump(runtime::time_point now);
  /// When `pump` is due again without anything else happening.
  [[nodiscard]] runtime::time_point next_due(runtime::time_point now) const;
  /// Tells the disk which events of its blocks are done; after a crash only later ones repeat.
  void write_marks();
  /// At the end: writes everything that has no copy yet, as soon as it can.
  void write_all();

  /// Something waits for the disk, or only the disk has it.
  [[nodiscard]] bool holds_back() const noexcept { return on_disk_ > 0 || !tails_.empty(); }
  /// `write_marks` has something to do.
  [[nodiscard]] bool has_marks() const noexcept { return !changed_.empty() || !removed_.empty(); }
  /// `write_all` was asked for and has not ended; a disk that refuses ends it too.
  [[nodiscard]] bool is_writing(runtime::time_point now) const noexcept {
    return is_storing_ || (!unwritten_.empty() && now >= blocked_until_);
  }
  /// Events that only the disk has, or that line up for it.
  [[nodiscard]] std::uint64_t behind() const noexcept { return on_disk_ + tail_events_; }
  /// Whether this shard has at least half of what queues in memory have on average: so none can
  /// grow much unless it is one of those that do.
  [[nodiscard]] bool fills_memory(int shard_id) const noexcept;
  /// Something is still to be written.
  [[nodiscard]] bool is_behind() const noexcept { return is_storing_ || !unwritten_.empty(); }
  /// The disk takes events, for all that is known.
  [[nodiscard]] bool is_working(runtime::time_point now) const noexcept {
    return is_used() && now >= blocked_until_;
  }
  /// Memory and disk are nearly used up.
  [[nodiscard]] bool is_nearly_full() const;

  /// Everything is due to be written, until it is said otherwise.
  void write_soon(bool is_wanted) noexcept { is_hurried_ = is_wanted; }
  /// Of events that are all on disk, or were when this position was the newest: whether the queue
  /// still has some up to it.
  [[nodiscard]] static bool has_older(const backlog_queue& queue, std::int64_t position) noexcept;

 private:
  using unwritten_list = boost::intrusive::list<
      events::event,
      boost::intrusive::member_hook<events::event, events::event::leaving_hook,
                                    &events::event::unwritten_hook>,
      boost::intrusive::constant_time_size<false>>;
  using changed_list = boost::intrusive::list<
      stored_block,
      boost::intrusive::member_hook<stored_block, events::event::leaving_hook,
                                    &stored_block::changed_hook>,
      boost::intrusive::constant_time_size<false>>;
  template <boost::intrusive::list_member_hook<> backlog_queue::*Hook>
  using queue_list = boost::intrusive::list<
      backlog_queue,
      boost::intrusive::member_hook<backlog_queue, boost::intrusive::list_member_hook<>, Hook>>;
  using block_ptr = std::unique_ptr<stored_block>;

  // Tails (backlog.cpp).
  [[nodiscard]] static bool is_held(const backlog_queue& queue, std::int64_t position) noexcept {
    return queue.held_after && position > *queue.held_after;
  }
  template <class Predicate>
  [[nodiscard]] bool any_of_shard(int shard_id, Predicate&& is_met) const noexcept;
  [[nodiscard]] bool waits_for_others(const backlog_queue& queue) const noexcept;
  /// At least the n-th part of what queues in memory have on average.
  [[nodiscard]] bool holds_its_share(const backlog_queue& queue,
                                     std::uint64_t part = 1) const noexcept;
  [[nodiscard]] bool is_to_be_spilled(const backlog_queue& queue,
                                      runtime::time_point now) const noexcept;
  [[nodiscard]] bool has_to_wait(const backlog_queue& queue,
                                 runtime::time_point now) const noexcept;
  void admit(events::event& added, backlog_queue& queue);
  void settle_tails(runtime::time_point now);
  void end_feeding();
  void deliver_from_tail(events::event& front);
  void change_on_disk(backlog_queue& queue, std::int64_t by);

  // Writing (backlog_write.cpp).
  void write_due(runtime::time_point now);
  void add_to_store(events::event& event);
  stored_block& open_block(backlog_queue& queue, bool is_tail);
  void send_store();
  void on_stored(const storage::store_result& result);
  void commit(block_ptr block, runtime::time_point now);
  void commit_tail(block_ptr block, runtime::time_point now);
  void keep_block(block_ptr block);
  void leave_memory(events::event_ptr event);
  void take_back(stored_block& block);
  void drop_block(stored_block& finished);
  [[nodiscard]] static std::vector<storage::event_mark> marks_of(const stored_block& block);

  // Between memory and disk (backlog_memory.cpp).
  void load_more(runtime::time_point now);
  [[nodiscard]] bool wants_more(const backlog_queue& queue) const noexcept;
  void load(backlog_queue& queue);
  void on_loaded(backlog_queue& queue, const storage::load_result& result);
  void take_in(backlog_queue& queue, const storage::loaded_block& block);
  events::event_ptr make_event(backlog_queue& queue, const storage::stored_event& stored);
  void lose(backlog_queue& queue, std::uint64_t events);
  void relieve();
  [[nodiscard]] static bool can_release(const backlog_queue& queue) noexcept;
  void release_newest(backlog_queue& queue);
  void shed();
  events::session_log_ptr session_of(int shard_id, const storage::stored_event& stored);
  [[nodiscard]] std::uint64_t load_bytes() const noexcept;

  services with_;
  owner& owner_;
  std::deque<backlog_queue> queues_;
  std::map<std::pair<int, std::string>, backlog_queue*> queue_of_;
  std::size_t queues_in_memory_ = 0;  ///< with something in memory
  queue_list<&backlog_queue::tail_hook> tails_;
  queue_list<&backlog_queue::disk_hook> reading_;  ///< the one whose turn it is first
  std::uint64_t on_disk_ = 0;
  std::size_t tail_events_ = 0;
  std::size_t feeding_ = 0;  ///< queues with `feeds`

  unwritten_list unwritten_;
  std::vector<block_ptr> store_;  ///< blocks under way to the disk, at most one store at a time
  std::vector<storage::new_block> to_store_;
  changed_list changed_;
  std::vector<std::uint64_t> removed_;
  runtime::time_point blocked_until_ = runtime::time_point::min();  ///< for writing
  runtime::time_point read_after_ = runtime::time_point::min();
  std::size_t loads_ = 0;  ///< under way
  bool is_storing_ = false;
  bool is_shedding_ = false;
  bool is_full_ = false;  ///< said the last store
  bool is_pumping_ = false;
  bool is_ending_ = false;
  bool is_hurried_ = false;

  struct foreign_session {
    int shard_id;
    std::string session_id;
    events::session_log_ptr log;
  };
  std::vector<foreign_session> sessions_;
};

}  // namespace gatehouse::delivery
