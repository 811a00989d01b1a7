#pragma once

#include "sqlite.hpp"

#include <gatehouse/storage/spool.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

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

}  // namespace gatehouse::storage
