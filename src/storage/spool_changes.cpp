#include "spool_changes.hpp"

#include <algorithm>

namespace gatehouse::storage {

void block_change::add(const block_change& later) {
  becomes = std::max(becomes, later.becomes);
  if (!later.all.empty()) {
    all = later.all;
    some.clear();
  }
  for (const auto& [index, mark] : later.some) some[index] = mark;
}

void block_change::apply(std::vector<event_mark>& marks) const {
  if (all.size() == marks.size()) marks = all;
  for (const auto& [index, mark] : some) {
    if (index < marks.size()) marks[index] = mark;
  }
}

void spool_changes::add(const spool_changes& later) {
  for (const auto& [id, change] : later.blocks) blocks[id].add(change);
  if (later.routing) routing = later.routing;
}

std::size_t events_left(const std::vector<event_mark>& marks) noexcept {
  return marks.size() - static_cast<std::size_t>(std::ranges::count(marks, mark_done));
}

}  // namespace gatehouse::storage
