#include "statistics_board.hpp"

namespace gatehouse::sim {

statistics statistics_board::copy() const {
  const std::scoped_lock lock(mutex_);
  return numbers_;
}

bool statistics_board::wait_for(const std::function<bool(const statistics&)>& predicate,
                                std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return predicate(numbers_); });
}

}  // namespace gatehouse::sim
