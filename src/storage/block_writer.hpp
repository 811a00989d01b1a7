#pragma once

#include "sqlite.hpp"

#include <gatehouse/storage/spool.hpp>

#include <cstdint>
#include <string_view>

namespace gatehouse::storage {

/// Above all positions and ids, so far from the end of the numbers that reckoning cannot reach it.
inline constexpr std::int64_t spool_number_limit = std::int64_t{1} << 62;
inline constexpr int spool_shard_limit = 1 << 20;

/// What is dropped when there is no room, and tells its handler nothing about order.
bool is_sheddable(const stored_event& event) noexcept;

std::uint32_t checksum_of(std::string_view data) noexcept;

/// Writes blocks into the tables of `spool.db`, for the running spool and for its upgrade.
/// Throws sqlite::error.
class block_writer {
 public:
  explicit block_writer(sqlite::database& in);

  /// Whether its id, shard and positions are such, and its positions ascend.
  static bool is_storable(const new_block& block);
  /// Returns how many of its events are not done; without any nothing is written.
  std::int64_t insert(const new_block& block);

 private:
  sqlite::statement insert_, insert_payload_;
};

}  // namespace gatehouse::storage
