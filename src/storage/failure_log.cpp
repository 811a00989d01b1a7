#include "failure_log.hpp"

#include <utility>

namespace gatehouse::storage {

std::optional<std::uint64_t> failure_log::failed(runtime::time_point now,
                                                 std::uint64_t failures) noexcept {
  untold_ += failures;
  if (told_ && now - *told_ < interval) return std::nullopt;
  told_ = now;
  is_told_failing_ = true;
  return std::exchange(untold_, 0);
}

bool failure_log::succeeded() noexcept {
  return std::exchange(is_told_failing_, false);
}

}  // namespace gatehouse::storage
