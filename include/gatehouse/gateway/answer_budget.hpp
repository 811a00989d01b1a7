#pragma once

#include <cstddef>
#include <utility>

namespace gatehouse::gateway {

/// Bounds the memory of answers that are still being put together, over all shards of a worker. Not
/// thread-safe.
class answer_budget {
 public:
  static constexpr std::size_t default_limit = std::size_t{256} << 20U;

  explicit answer_budget(std::size_t limit = default_limit) noexcept : limit_(limit) {}

  /// What one answer has taken; given back at its end. The budget outlives it.
  class share {
   public:
    explicit share(answer_budget& budget) noexcept : budget_(&budget) {}
    share(share&& other) noexcept
        : budget_(other.budget_), taken_(std::exchange(other.taken_, 0)) {}
    share& operator=(share&&) = delete;
    ~share() { give_back(); }

    /// False: it would be too much.
    [[nodiscard]] bool take(std::size_t bytes) noexcept {
      if (bytes > budget_->limit_ - budget_->used_) return false;
      budget_->used_ += bytes;
      taken_ += bytes;
      return true;
    }
    void give_back() noexcept { budget_->used_ -= std::exchange(taken_, 0); }

   private:
    answer_budget* budget_;
    std::size_t taken_ = 0;
  };

  [[nodiscard]] std::size_t used() const noexcept { return used_; }

 private:
  std::size_t limit_;
  std::size_t used_ = 0;
};

}  // namespace gatehouse::gateway
