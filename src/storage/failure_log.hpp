#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <optional>
#include <utility>

namespace gatehouse::storage {

/// Decides which of many failures are told: the first at once, then at most one line in `interval`
/// that stands for all since the one before, and the end of those that were told. Pure.
class failure_log {
 public:
  static constexpr runtime::seconds interval{60};

  /// How many failures are to be told now, this one (or these) included.
  std::optional<std::uint64_t> failed(runtime::time_point now,
                                      std::uint64_t failures = 1) noexcept {
    untold_ += failures;
    if (told_ && now - *told_ < interval) return std::nullopt;
    told_ = now;
    is_told_failing_ = true;
    return std::exchange(untold_, 0);
  }
  /// True: that it works again is to be told.
  bool succeeded() noexcept { return std::exchange(is_told_failing_, false); }

 private:
  std::uint64_t untold_ = 0;
  std::optional<runtime::time_point> told_;
  bool is_told_failing_ = false;
};

}  // namespace gatehouse::storage
