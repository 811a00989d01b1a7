#pragma once

#include <gatehouse/storage/event_block.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::storage {

/// What becomes of a stored block.
struct block_change {
  enum class fate : std::uint8_t { kept, done, damaged };

  fate becomes = fate::kept;
  std::vector<event_mark> all;             ///< its new marks; none: as they are
  std::map<std::size_t, event_mark> some;  ///< over the others, by place in the block

  void add(const block_change& later);
  /// What does not fit its number of events is not of this block, and ignored.
  void apply(std::vector<event_mark>& marks) const;
};

/// Changes that may be kept until they can be written. Readers see the file as if they had been.
struct spool_changes {
  std::map<std::uint64_t, block_change> blocks;  ///< by id
  std::optional<std::string> routing;

  [[nodiscard]] bool empty() const noexcept { return blocks.empty() && !routing; }
  void add(const spool_changes& later);
};

/// How many of a block are not done.
std::size_t events_left(const std::vector<event_mark>& marks) noexcept;

}  // namespace gatehouse::storage
