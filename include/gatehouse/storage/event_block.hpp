#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::storage {

/// In which order events are dropped when there is no room.
enum class event_rank : std::uint8_t { shed_first, ordinary, last_resort };

/// What has become of a stored event since its block was written: `mark_open`, `mark_done`
/// (delivered, set aside or dropped), or the callback type (5, 6) with which an interaction that is
/// still to be delivered was deferred.
using event_mark = std::uint8_t;
inline constexpr event_mark mark_open = 0;
inline constexpr event_mark mark_done = 1;

/// One event of a block. The views live as long as the block, or what it was made from.
struct stored_event {
  std::int64_t position = 0;  ///< ascends in the order of arrival, unique within a shard
  std::uint64_t guild_id = 0;
  std::int64_t seq = 0;  ///< 0: made by gatehouse, not by Discord
  std::int64_t received_unix_ms = 0;
  std::uint32_t attempts = 0;
  std::uint32_t total_shards = 0;  ///< of how many its shard is one; 0: not known
  event_rank rank = event_rank::ordinary;
  bool is_barrier = false;
  event_mark mark = mark_open;
  std::string_view session_id;
  std::string_view type;  ///< `t` as it goes to the handler
  std::string_view payload;
};

/// Consecutive undelivered events of one queue in one piece of memory: the unit that is written to,
/// read from and removed from the spool. Movable from thread to thread.
class event_block {
 public:
  event_block() = default;
  /// What `data()` and `marks()` once were. Whether that makes sense shows in `for_each`.
  event_block(std::string data, std::vector<event_mark> marks);

  /// Positions ascend.
  void add(const stored_event& added);

  [[nodiscard]] bool empty() const noexcept { return marks_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return marks_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return data_.size() + marks_.size(); }
  [[nodiscard]] const std::string& data() const noexcept { return data_; }
  [[nodiscard]] const std::vector<event_mark>& marks() const noexcept { return marks_; }

  /// Calls `visit(const stored_event&)` for every event in order, also for those that are done.
  /// False: the bytes are damaged from some event on; what came before it was visited.
  template <class Visitor>
  [[nodiscard]] bool for_each(Visitor&& visit) const {
    std::size_t offset = 0;
    for (const event_mark mark : marks_) {
      stored_event next;
      if (!read(offset, next)) return false;
      next.mark = mark;
      visit(static_cast<const stored_event&>(next));
    }
    return offset == data_.size();
  }

 private:
  /// Reads the event at `offset` and advances it.
  bool read(std::size_t& offset, stored_event& into) const noexcept;

  std::string data_;
  std::vector<event_mark> marks_;
};

}  // namespace gatehouse::storage
