#pragma once

#include <gatehouse/storage/spool.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace gatehouse::delivery {

/// The disk as the backlog sees it: `storage::spool`, but that answers come on the worker's thread,
/// later, in the order of the calls, and not any more once the backlog is gone.
class block_store {
 public:
  virtual ~block_store() = default;
  virtual std::uint64_t next_id() = 0;
  virtual void store(std::vector<storage::new_block> blocks,
                     std::function<void(const storage::store_result&)> done) = 0;
  virtual void remove(const std::vector<std::uint64_t>& ids) = 0;
  virtual void mark(std::uint64_t id, std::vector<storage::event_mark> marks) = 0;
  virtual void mark_one(std::uint64_t id, std::size_t index, storage::event_mark mark) = 0;
  virtual void load(storage::load_request wanted,
                    std::function<void(const storage::load_result&)> done) = 0;
  virtual void shed(storage::shed_request wanted,
                    std::function<void(const std::vector<storage::shed_count>&)> done) = 0;
  /// Nearly all of its room is used.
  [[nodiscard]] virtual bool is_nearly_full() const = 0;
};

}  // namespace gatehouse::delivery
