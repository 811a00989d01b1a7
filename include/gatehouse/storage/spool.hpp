#pragma once

#include <gatehouse/storage/event_batch.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::storage {

struct spool_options {
  std::filesystem::path folder;   ///< `state.dir`; the file is `spool.db` in it
  std::uint64_t limit_bytes = 0;  ///< `queue.spool_mb`
};

enum class store_outcome : std::uint8_t {
  stored,  ///< committed: survives a crash
  full,    ///< the limit, or the disk
  failed,  ///< the disk does not take it for another reason
};

struct store_result {
  store_outcome outcome = store_outcome::stored;
  std::string reason;  ///< in words, unless stored
  event_batch batch;   ///< what was to be stored, given back
};

/// Which events to read: those of one shard and route, from a position on, in their order.
struct load_request {
  int shard_id = 0;
  int route = 0;
  std::int64_t from_position = 0;
  std::size_t max_events = 0;
  std::size_t max_bytes = 0;  ///< of payloads; at least one event is read however large
};

struct load_result {
  event_batch batch;
  bool is_end = false;  ///< nothing of this shard and route is stored beyond the batch
  std::string error;    ///< not empty: nothing could be read
};

/// What to drop unread, oldest first.
struct purge_request {
  std::vector<int> shard_ids;  ///< those of the asking worker
  event_rank rank = event_rank::shed_first;
  std::int64_t received_before_unix_ms = 0;  ///< only events that arrived earlier
  std::size_t max_events = 0;
};

/// The routes of stored events after a change of the configuration.
struct reroute_request {
  std::vector<int> shard_ids;  ///< those of the asking worker
  /// Called on the spool's thread.
  std::function<int(int shard_id, const std::string& type)> route_of;
};
struct reroute_result {
  std::vector<event_facts> events;  ///< all of these shards, by shard and position
  std::string error;                ///< not empty: nothing was changed, and nothing is known
};

struct spool_usage {
  std::uint64_t bytes = 0;  ///< of the file that hold events
  std::uint64_t limit_bytes = 0;
  std::uint64_t events = 0;
  bool is_working = true;  ///< the last write succeeded
  std::uint64_t write_failures = 0;
  std::uint64_t lost_events = 0;  ///< were stored, and are gone with a damaged file
};

/// Undelivered events on disk: one SQLite file (WAL) for all workers, on a thread of its own.
///
/// Every call may come from any thread, returns at once and is carried out in the order of the
/// calls; what waits is committed together. Answers are called on the spool's thread: the caller
/// posts them to its own. A caller bounds what it has under way by itself.
///
/// A file that is damaged is set aside under another name, said in the log, and a new one begun; a
/// disk that is full or does not work leaves everything to the callers' memory and is tried again
/// with the next call.
class spool {
 public:
  /// Opens the file and reads which events are in it. Never throws for what is on the disk.
  spool(const spool_options& options, telemetry::logger log);
  /// Carries out what was asked for, then closes.
  ~spool();
  spool(const spool&) = delete;
  spool& operator=(const spool&) = delete;

  /// What was found when it was opened, without payloads, by shard and position; ordered so that
  /// a worker can rebuild its lanes. Valid until `forget_found`.
  [[nodiscard]] const std::vector<event_facts>& found() const noexcept;
  void forget_found() noexcept;
  /// Adapts stored events to the routes of this configuration. Before anything else is asked.
  void assign_routes(const std::function<int(int shard_id, const std::string& type)>& route_of);

  void store(event_batch batch, std::function<void(store_result)> done);
  /// Delivered or dropped. Unknown keys are ignored.
  void remove(std::vector<event_key> keys);
  /// The interaction was answered: `callback_type` comes back with the event as `deferred`.
  void mark_deferred(event_key key, int callback_type);
  void load(load_request wanted, std::function<void(load_result)> done);
  /// Removes matching events and tells which.
  void purge(purge_request wanted, std::function<void(std::vector<event_facts>)> done);

  /// Finds new routes for what is stored, and tells what that is.
  void reroute(reroute_request wanted, std::function<void(reroute_result)> done);

  /// From any thread, at any time.
  [[nodiscard]] spool_usage usage() const noexcept;
  /// For what is stored from now on. Any thread.
  void set_limit(std::uint64_t limit_bytes) noexcept;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gatehouse::storage
