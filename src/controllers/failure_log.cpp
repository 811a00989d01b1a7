#include "failure_log.hpp"

#include <spdlog/spdlog.h>

namespace gatehouse::controllers {

void decision_points::failure_log::loaded(const std::string& library, const std::string& replaced) {
  log_->info("controllers: {} replaces {}", library, replaced.empty() ? "nothing" : replaced);
}

void decision_points::failure_log::failed(hook which, std::string_view library,
                                          std::string_view reason, runtime::time_point now) {
  const std::lock_guard lock{mutex_};
  entry& mine = entries_.at(static_cast<std::size_t>(which));
  if (mine.written && now - *mine.written < log_interval) {
    ++mine.silent;
    return;
  }
  mine.written = now;
  log_->error("controllers: {} of {} failed ({} times more since the last such line): {}",
              name_of(which), library, std::exchange(mine.silent, 0), reason);
}

}  // namespace gatehouse::controllers
