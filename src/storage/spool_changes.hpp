#pragma once

#include <gatehouse/storage/event_block.hpp>

#include <algorithm>
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

  void add(const block_change& later) {
    becomes = std::max(becomes, later.becomes);
    if (!later.all.empty()) {
      all = later.all;
      some.clear();
    }
    for (const auto& [index, mark] : later.some) some[index] = mark;
  }
  /// What does not fit its number of events is not of this block, and ignored.
  void apply(std::vector<event_mark>& marks) const {
    if (all.size() == marks.size()) marks = all;
    for (const auto& [index, mark] : some) {
      if (index < marks.size()) marks[index] = mark;
    }
  }
};

/// Changes that may be kept until they can be written. Readers see the file as if they had been.
struct spool_changes {
  std::map<std::uint64_t, block_change> blocks;  ///< by id
  std::optional<std::string> routing;

  [[nodiscard]] bool empty() const noexcept { return blocks.empty() && !routing; }
  void add(const spool_changes& later) {
    for (const auto& [id, change] : later.blocks) blocks[id].add(change);
    if (later.routing) routing = later.routing;
  }
};

/// How many of a block are not done.
inline std::size_t events_left(const std::vector<event_mark>& marks) noexcept {
  return marks.size() - static_cast<std::size_t>(std::ranges::count(marks, mark_done));
}

}  // namespace gatehouse::storage
