#pragma once

#include "event_keys.hpp"
#include "target.hpp"

#include <gatehouse/delivery/queue_budget.hpp>
#include <gatehouse/events/event.hpp>
#include <gatehouse/events/event_type.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/spool.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::delivery {

/// Which of one worker's undelivered events are in the spool, and the order between disk and
/// memory.
///
/// Per shard and handler URL there is one spool queue. Its order is: events in lanes, then events
/// that only the spool has, then `tail`, events in memory that must not overtake those. An event
/// joins the tail because its lane has events in the spool already, or because memory is short; it
/// is written and, once that is committed, leaves memory from the front of the tail. Apart from
/// that every event that waits for `queue.spool_after_ms` is written while it stays in its lane.
///
/// A shell around `storage::spool`; lives on its worker's thread. Without a spool it does nothing.
class overflow {
 public:
  /// What it asks of the dispatcher.
  class owner {
   public:
    virtual ~owner() = default;
    virtual target& target_at(std::size_t index) = 0;
    /// An event read back is about to be queued; false: it is not wanted any more, and counted.
    virtual bool on_loaded(events::event& event) = 0;
    /// The payload is safe on disk.
    virtual void on_written(events::session_log& session, std::int64_t seq) = 0;
    /// Removed from the spool without being delivered.
    virtual void on_purged(const storage::event_facts& facts, drop_reason reason) = 0;
    /// Events that the spool had are gone.
    virtual void on_rows_lost(int shard_id, std::size_t count) = 0;
    /// There is no room on disk: drop this event, whose copy takes up some.
    virtual void on_no_room(events::event& oldest) = 0;
    virtual void operation_began() = 0;
    virtual void operation_ended() = 0;
  };
  struct services {
    boost::asio::io_context& io;
    storage::spool* spool;  ///< null: no disk
    events::event_pool& pool;
    events::event_type_registry& types;
    queue_budget& budget;
    const config::queue_settings& settings;
    const std::string& envelope;
  };

  overflow(services with, owner& whose);
  ~overflow();
  overflow(const overflow&) = delete;
  overflow& operator=(const overflow&) = delete;

  [[nodiscard]] bool is_used() const noexcept { return with_.spool != nullptr; }
  /// The next position to give; behind everything that was found in the spool.
  [[nodiscard]] std::int64_t first_position() const noexcept { return first_position_; }
  /// At start: events of this worker's shards that an earlier run has left.
  void restore(const storage::event_facts& found);

  // Per event.
  /// True if memory is short and the event should go to disk at once.
  [[nodiscard]] bool should_spill(const target& to, runtime::time_point now) const;
  /// How far memory may be exceeded for the moment: what was read from Discord at once has to be
  /// somewhere until the disk has it.
  [[nodiscard]] std::uint64_t allowance(runtime::time_point now) const noexcept;
  /// True while memory is short although the disk does what it can.
  [[nodiscard]] bool is_saturated() const noexcept;
  /// Memory and disk are nearly used up.
  [[nodiscard]] bool is_nearly_full() const noexcept;
  /// An event that goes to its lane.
  void track(events::event& added) { arrivals_.push_back(added); }
  /// An event that goes behind those in the spool.
  void line_up(events::event_ptr added);
  /// One that lined up and is to be dropped.
  events::event_ptr discard(events::event& lined_up);
  /// Delivered or dropped: its copy is not needed any more.
  void forget(events::event& gone);
  /// Its interaction was answered: the copy says so too.
  void note_deferred(const events::event& answered);

  /// Something is to be written at once.
  [[nodiscard]] bool has_to_write() const noexcept { return !lined_up_.empty() || !batch_.empty(); }
  /// Writes what has waited long enough, reads back what there is room for.
  void pump(runtime::time_point now);
  /// When `pump` is due again.
  [[nodiscard]] runtime::time_point next_due(runtime::time_point now) const;
  /// Has the spool drop what is too old.
  void purge_overdue(std::int64_t unix_ms_now);
  /// At the end: writes everything that is not on disk yet, as soon as it can.
  void write_all();

  /// Appends the events in memory that are in no lane.
  void list_lined_up(std::vector<events::event*>& into);

  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  /// Undelivered events by shard; `safe` of them are on disk.
  struct count {
    std::size_t all = 0;
    std::size_t safe = 0;
  };
  void add_counts(std::map<int, count>& by_shard) const;

 private:
  using tail_list = gated_queue;  // a tail's events are in no lane, so that hook is free
  using unwritten_list = boost::intrusive::list<
      events::event,
      boost::intrusive::member_hook<events::event, events::event::leaving_hook,
                                    &events::event::spool_hook>,
      boost::intrusive::constant_time_size<false>>;

  struct spool_queue {
    int shard_id = 0;
    target* to = nullptr;
    std::string prefix;               ///< of its events' bodies
    std::int64_t from = 0;            ///< no row before this position is missing in memory
    std::size_t rows = 0;             ///< in the spool only
    std::size_t rows_since_load = 0;  ///< of them, those that left memory since a load began
    tail_list tail;                   ///< newer than all rows
    bool is_loading = false;
  };
  struct writing {
    events::session_log_ptr session;
    std::int64_t seq;
    storage::event_key key;
  };
  /// Where the spool's thread leaves its answers, as long as somebody waits for them.
  struct way_back {
    std::mutex mutex;
    boost::asio::io_context* io;  ///< null: nobody does
  };

  spool_queue& queue_for(int shard_id, std::size_t target);
  [[nodiscard]] static spooled_place place_of(const events::event& event) noexcept;
  [[nodiscard]] storage::event_facts facts_of(const events::event& event) const;

  // Writing (overflow.cpp).
  [[nodiscard]] bool can_write(runtime::time_point now) const noexcept;
  void write_due(runtime::time_point now);
  void write(events::event& event);
  void flush();
  void on_stored(const storage::store_result& result);
  void take_back(const std::vector<writing>& failed);
  void remove_copy(const storage::event_key& key);
  void flush_removals();
  void trim(spool_queue& queue);
  void leave_memory(spool_queue& queue, events::event_ptr event);

  // Making room (overflow_room.cpp).
  void relieve();
  bool evict_newest(target& from);
  [[nodiscard]] bool is_memory_short() const noexcept;
  void make_room();
  void drop_oldest();
  void purge(storage::event_rank rank, std::int64_t before_unix_ms, drop_reason reason);
  void on_purged(const std::vector<storage::event_facts>& purged, storage::event_rank rank,
                 drop_reason reason);
  void forget_gone();
  void lose_copy(events::event& resident, drop_reason reason);

  // Reading back (overflow_load.cpp).
  void load_more(runtime::time_point now);
  [[nodiscard]] bool wants_more(const spool_queue& queue) const noexcept;
  [[nodiscard]] std::uint64_t load_share() const noexcept { return with_.budget.limit() / 16; }
  void load(spool_queue& queue);
  void on_loaded(spool_queue& queue, const storage::load_result& result);
  [[nodiscard]] static bool has_seen_all(const spool_queue& queue,
                                         const storage::load_result& result) noexcept;
  void take_in(spool_queue& queue, const storage::event_facts& facts, std::string_view payload);
  void lose_rows(spool_queue& queue);
  void take_in_tail(spool_queue& queue);
  events::session_log_ptr session_of(int shard_id, const std::string& session_id);

  /// Wraps an answer to the spool's questions so that it is dealt with on the worker's thread.
  template <class Handler>
  auto on_worker(Handler handler) {
    owner_.operation_began();
    return [this, back = back_, handler = std::move(handler)](auto result) mutable {
      const std::lock_guard lock{back->mutex};
      if (back->io == nullptr) return;
      boost::asio::post(*back->io, [this, back, handler = std::move(handler),
                                    result = std::move(result)]() mutable {
        if (back->io == nullptr) return;
        handler(std::move(result));
        owner_.operation_ended();
      });
    };
  }

  services with_;
  owner& owner_;
  std::shared_ptr<way_back> back_;
  std::int64_t first_position_ = 1;
  std::uint64_t write_limit_;  ///< bytes under way to the disk

  std::deque<spool_queue> queues_;
  std::map<std::pair<int, std::size_t>, spool_queue*> queue_of_;
  std::size_t next_queue_ = 0;  ///< whose turn it is to be read
  std::size_t rows_ = 0;
  std::size_t loads_ = 0;   ///< under way
  std::size_t purges_ = 0;  ///< under way

  unwritten_list arrivals_;           ///< in lanes or under way, without a copy
  unwritten_list lined_up_;           ///< in a tail, without a copy
  unwritten_list homeless_;           ///< whose copy was purged; written again at the end
  key_map<events::event*> resident_;  ///< those with a copy
  key_set gone_;  ///< with a copy, delivered or dropped since the oldest load or purge began
  storage::event_batch batch_;
  std::vector<writing> batch_writes_;
  std::deque<std::vector<writing>> written_;  ///< batches under way, oldest first
  std::uint64_t bytes_written_ = 0;           ///< under way
  std::vector<storage::event_key> removals_;
  runtime::time_point blocked_until_ = runtime::time_point::min();  ///< for writing
  runtime::time_point read_after_ = runtime::time_point::min();
  bool is_full_ = false;
  bool is_pumping_ = false;
  bool is_ending_ = false;

  struct foreign_session {
    int shard_id;
    std::string session_id;
    events::session_log_ptr log;
  };
  std::vector<foreign_session> sessions_;
};

}  // namespace gatehouse::delivery
