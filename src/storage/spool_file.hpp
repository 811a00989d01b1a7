#pragma once

#include "sqlite.hpp"

#include <gatehouse/storage/event_batch.hpp>
#include <gatehouse/storage/spool.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace gatehouse::storage {

/// The key as a row id, which keeps a shard's events together and in their order: the shard above
/// 40 bits of position. Nothing for a key that does not fit.
std::optional<std::int64_t> row_id(event_key key) noexcept;

/// Changes that could not be written yet. Readers see the file as if they had been.
struct unwritten_changes {
  std::set<std::int64_t> removed;
  std::map<std::int64_t, int> deferred;

  [[nodiscard]] bool empty() const noexcept { return removed.empty() && deferred.empty(); }
  void clear() noexcept {
    removed.clear();
    deferred.clear();
  }
};

/// `spool.db`: its tables and what is asked of them. Every call may throw sqlite::error.
class spool_file {
 public:
  explicit spool_file(const std::filesystem::path& file);

  sqlite::transaction begin() { return sqlite::transaction{database_}; }

  /// All events, by key. Reads no payload that does not stand beside the facts.
  [[nodiscard]] std::vector<event_facts> scan();
  /// Those of one shard, behind what is in `into`.
  void scan(int shard_id, std::vector<event_facts>& into);
  [[nodiscard]] std::uint64_t count();
  /// Of the file, without what is free in it.
  [[nodiscard]] std::uint64_t used_bytes();
  [[nodiscard]] std::uint64_t free_bytes();

  /// False: the event was there, and now has these facts.
  bool insert(std::int64_t id, const event_facts& facts, std::string_view payload);
  bool remove(std::int64_t id);
  void set_deferred(std::int64_t id, int callback_type);
  void set_route(std::int64_t id, int route);

  [[nodiscard]] load_result load(const load_request& wanted, const unwritten_changes& unwritten);
  /// Removes and returns.
  [[nodiscard]] std::vector<event_facts> purge(const purge_request& wanted);

  /// Gives free pages and the log's room back to the disk. Outside of transactions.
  void shrink();

 private:
  /// Of a statement that counts pages.
  std::uint64_t bytes_of(sqlite::statement& pages);
  sqlite::statement& oldest_of(event_rank rank);

  sqlite::database database_;
  std::int64_t page_bytes_;
  sqlite::statement page_count_, free_count_;
  sqlite::statement insert_, replace_, remove_;
  sqlite::statement set_deferred_, set_route_;
  sqlite::statement load_;
  sqlite::statement oldest_shed_first_, oldest_ordinary_, oldest_last_resort_;
};

}  // namespace gatehouse::storage
