#include "line_sink.hpp"
#include "spdlog_level.hpp"

#include <gatehouse/telemetry/logging.hpp>

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>

#include <map>
#include <mutex>

namespace gatehouse::telemetry {
struct logging::impl {
  impl(const config::log_settings& settings, std::size_t queue_lines)
      : sink(std::make_shared<line_sink>(settings)),
        queue(std::make_shared<spdlog::details::thread_pool>(queue_lines, 1)),
        level(to_spdlog(settings.level)) {
    // Weak: the queue drains itself in its destructor, when it can no longer be asked.
    sink->watch([watched = std::weak_ptr{queue}]() -> std::uint64_t {
      const auto alive = watched.lock();
      return alive ? alive->overrun_counter() : 0;
    });
  }

  std::shared_ptr<line_sink> sink;
  std::shared_ptr<spdlog::details::thread_pool> queue;
  std::mutex mutex;  ///< of what follows
  spdlog::level::level_enum level;
  std::map<std::string, logger> loggers;
};

logging::logging(const config::log_settings& settings, std::size_t queue_lines)
    : impl_(std::make_unique<impl>(settings, queue_lines)) {}

logging::~logging() = default;

logger logging::get(const std::string& component) {
  const std::lock_guard lock{impl_->mutex};
  logger& known = impl_->loggers[component];
  if (!known) {
    known = std::make_shared<spdlog::async_logger>(component, impl_->sink, impl_->queue,
                                                   spdlog::async_overflow_policy::overrun_oldest);
    known->set_level(impl_->level);
  }
  return known;
}

void logging::set_level(config::log_level level) {
  const std::lock_guard lock{impl_->mutex};
  impl_->level = to_spdlog(level);
  for (auto& [component, known] : impl_->loggers) known->set_level(impl_->level);
}

void logging::reopen() {
  impl_->sink->want_reopening();
  static_cast<void>(impl_->sink->next_flush());
  get("log")->flush();
}

bool logging::settle(std::chrono::milliseconds timeout) {
  const auto turn = impl_->sink->next_flush();
  get("log")->flush();
  return impl_->sink->wait_for_flush(turn, timeout);
}

const recent_log& logging::recent() const noexcept {
  return impl_->sink->recent();
}

std::uint64_t logging::dropped() const {
  return impl_->queue->overrun_counter() + impl_->sink->refused();
}

}  // namespace gatehouse::telemetry
