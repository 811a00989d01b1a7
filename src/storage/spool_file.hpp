#pragma once

#include "spool_changes.hpp"
#include "sqlite.hpp"

#include <gatehouse/storage/spool.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::storage {

/// Above all positions and ids, so far from the end of the numbers that reckoning cannot reach it.
inline constexpr std::int64_t spool_number_limit = std::int64_t{1} << 62;
inline constexpr int spool_shard_limit = 1 << 20;

/// What is known of a block without looking into it again.
struct block_facts {
  std::int64_t first_position = 0;
  std::int64_t last_position = 0;
  std::int64_t received_unix_ms = 0;  ///< its first event
  std::int64_t sheddable = 0;         ///< how many of its events
};
/// Nothing: its bytes or positions make no sense.
std::optional<block_facts> facts_of(const event_block& block);

/// What is dropped when there is no room, and tells its handler nothing about order.
bool is_sheddable(const stored_event& event) noexcept;

std::uint32_t checksum_of(std::string_view data) noexcept;

/// Writes blocks into the tables of `spool.db`, for the running spool and for its upgrade.
/// Throws sqlite::error.
class block_writer {
 public:
  explicit block_writer(sqlite::database& in);

  /// Whether a block with this key may be in the file.
  static bool is_storable(const new_block& block) noexcept;
  /// Returns how many of its events are not done; without any nothing is written.
  std::int64_t insert(const new_block& block, const block_facts& facts);

 private:
  sqlite::statement insert_, insert_payload_;
};

/// Makes blocks of the events of layout 1, which had a row each, a route in place of a URL and an
/// own table; the tables of the present layout are there. Within the caller's transaction and a
/// bounded memory. Returns how many events had a key that is none, and are lost.
/// Throws sqlite::error.
std::uint64_t upgrade_first_layout(sqlite::database& in, const spool_options& options);

/// A block that makes no sense, or whose bytes are not those that were written.
struct damaged_block {
  std::uint64_t id = 0;
  std::int64_t shard_id = 0;
  std::uint64_t events = 0;
  std::string reason;
};

struct spool_contents {
  std::vector<queue_summary> queues;   ///< by shard and first position
  std::vector<damaged_block> damaged;  ///< their keys
  std::uint64_t events = 0;            ///< not done, those of damaged blocks included
  std::uint64_t last_id = 0;
  std::string routing;
};

/// `spool.db`: its tables and what is asked of them. Every call may throw sqlite::error. The
/// spool's thread only.
class spool_file {
 public:
  explicit spool_file(const spool_options& options);

  static std::filesystem::path path_in(const std::filesystem::path& folder);

  sqlite::transaction begin() { return sqlite::transaction{database_}; }
  /// Rows written since it was opened.
  [[nodiscard]] std::int64_t writes() const noexcept { return database_.total_changes(); }
  /// Of an older layout, that could not be taken over.
  [[nodiscard]] std::uint64_t lost_by_upgrade() const noexcept { return lost_by_upgrade_; }

  /// Reads no payload.
  [[nodiscard]] spool_contents contents();
  /// Of the file, without what is free in it.
  [[nodiscard]] std::uint64_t used_bytes();
  [[nodiscard]] std::uint64_t free_bytes();

  /// Of these, `events` changes by how many more are not done. A block that is there already is
  /// replaced.
  void insert(const new_block& block, const block_facts& facts, std::int64_t& events);
  void apply(const spool_changes& changes, std::int64_t& events);
  [[nodiscard]] load_result load(const load_request& wanted, const spool_changes& unwritten,
                                 std::vector<damaged_block>& damaged);
  [[nodiscard]] std::vector<shed_count> shed(const shed_request& wanted, std::int64_t& events);

  /// Of a file without events: gives some free pages back to the disk, and the log's room with the
  /// last of them. True: there are more. Outside of transactions.
  bool shrink();

 private:
  struct block_row;
  /// Of a statement that counts pages.
  std::uint64_t bytes_of(sqlite::statement& pages);
  void apply(std::uint64_t id, const block_change& change, std::int64_t& events);
  std::vector<damaged_block> senseless_blocks();
  /// Throws what is told as a damaged block where it is not what was written.
  event_block read(const block_row& row);
  /// Returns how many bytes that has freed.
  std::size_t shed_from(const block_row& row, const queue_key& queue,
                        const std::function<void(const stored_event&)>& dropped,
                        std::int64_t& events);

  std::uint64_t lost_by_upgrade_ = 0;
  sqlite::database database_;
  std::int64_t page_bytes_;
  sqlite::statement page_count_, free_count_;
  block_writer writer_;
  sqlite::statement events_of_, marks_of_, set_marks_;
  sqlite::statement remove_, remove_payload_;
  sqlite::statement list_, payload_of_, next_sheddable_;
};

}  // namespace gatehouse::storage
