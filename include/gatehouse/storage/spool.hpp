#pragma once

#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/event_block.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::storage {

struct spool_options {
  std::filesystem::path folder;   ///< `state.dir`; the file is `spool.db` in it
  std::uint64_t limit_bytes = 0;  ///< `queue.spool_mb`
  /// For a file of an older layout, whose events name no URL: where such an event goes now.
  std::function<std::string(int shard_id, std::string_view type)> url_of;
  /// How long the start waits for a file that is there and cannot be opened. After that it is set
  /// aside unread, once it can be.
  runtime::milliseconds patience{};
};

/// A queue in the spool: the events of one shard for one handler URL, by position.
struct queue_key {
  int shard_id = 0;
  std::string url;  ///< as `net::url::to_text` or the like spells it; compared as text
  bool operator==(const queue_key&) const = default;
};

/// What an earlier run has left of one queue.
struct queue_summary {
  queue_key key;
  std::int64_t first_position = 0;  ///< of its first block
  std::int64_t last_position = 0;   ///< of its last block
  std::uint64_t events = 0;         ///< that are not done
  std::uint64_t bytes = 0;
};

struct new_block {
  std::uint64_t id = 0;  ///< of `spool::next_id`
  queue_key queue;
  event_block events;
};

enum class store_outcome : std::uint8_t {
  stored,  ///< committed and synced: survives a crash and a loss of power
  full,    ///< the limit, or the disk
  failed,  ///< the disk does not take it for another reason
};

struct store_result {
  store_outcome outcome = store_outcome::stored;
  std::string reason;  ///< in words, unless stored
};

/// Which blocks to read: those of one queue whose first position is not below `from_position`, in
/// order, until they exceed `max_bytes`; at least one, however large.
struct load_request {
  queue_key queue;
  std::int64_t from_position = 0;
  std::size_t max_bytes = 0;
};

struct loaded_block {
  std::uint64_t id = 0;
  std::int64_t last_position = 0;
  event_block events;
};

struct load_result {
  std::vector<loaded_block> blocks;
  /// Events of blocks that were found damaged, and taken out of the file.
  std::uint64_t lost_events = 0;
  bool is_end = false;  ///< nothing of this queue is stored behind these blocks
  std::string error;    ///< not empty: nothing could be read now
};

/// Drop events of rank `shed_first` that only the disk has, oldest block first, until `max_bytes`
/// are free.
struct shed_request {
  struct part {
    queue_key queue;
    std::int64_t from_position = 0;  ///< blocks before it are in memory and stay as they are
  };
  std::vector<part> parts;
  std::size_t max_bytes = 0;
};
struct shed_count {
  std::size_t part = 0;  ///< index in the request
  std::string type;
  std::uint64_t events = 0;
};

struct spool_usage {
  std::uint64_t bytes = 0;  ///< of the file that hold events
  std::uint64_t limit_bytes = 0;
  std::uint64_t events = 0;  ///< that are not done
  bool is_working = true;    ///< the last write succeeded
  std::uint64_t write_failures = 0;
  std::uint64_t lost_events = 0;  ///< were stored, and are gone with a damaged file or block
};

/// Undelivered events on disk: one SQLite file (WAL) for all workers, on a thread of its own.
///
/// Every call may come from any thread, returns at once and is carried out in the order of the
/// calls; what waits is committed together. Answers are called on the spool's thread, in that order
/// too: the caller posts them to its own. A caller bounds what it has under way by itself.
///
/// A file that is damaged is set aside under another name, said in the log, and a new one begun; a
/// disk that is full or does not work leaves everything to the callers' memory and is tried again
/// with the next call.
class spool {
 public:
  /// Opens the file and reads how much of which queue is in it. Never throws for what is on disk.
  spool(const spool_options& options, telemetry::logger log);
  /// Carries out what was asked for, then closes.
  ~spool();
  spool(const spool&) = delete;
  spool& operator=(const spool&) = delete;

  /// What was found when it was opened, by shard and first position.
  [[nodiscard]] const std::vector<queue_summary>& found() const noexcept;
  /// The text that was given to `remember_routing` before, by an earlier run; empty: none was.
  [[nodiscard]] const std::string& found_routing() const noexcept;
  /// Notes in the file by which routing its queues are filled from now on.
  void remember_routing(std::string text);

  /// The id for a new block: unique in this file, for all workers.
  [[nodiscard]] std::uint64_t next_id() noexcept;
  /// All of them or none.
  void store(std::vector<new_block> blocks, std::function<void(store_result)> done);
  /// All events of these blocks are done. Unknown ids are ignored. What cannot be written now is
  /// written later, and no load brings it back meanwhile.
  void remove(const std::vector<std::uint64_t>& ids);
  /// Replaces the marks of a block, likewise.
  void mark(std::uint64_t id, std::vector<event_mark> marks);
  /// Replaces the mark of one of its events, by its place in the block, likewise.
  void mark_one(std::uint64_t id, std::size_t index, event_mark mark);
  void load(load_request wanted, std::function<void(load_result)> done);
  void shed(shed_request wanted, std::function<void(std::vector<shed_count>)> done);

  /// From any thread, at any time.
  [[nodiscard]] spool_usage usage() const noexcept;
  /// For what is stored from now on. Any thread.
  void set_limit(std::uint64_t limit_bytes) noexcept;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gatehouse::storage
