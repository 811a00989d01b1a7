#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/telemetry/recent_log.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace gatehouse::telemetry {

/// Include <spdlog/logger.h> to write to one. Usable from any thread while its `logging` lives.
using logger = std::shared_ptr<spdlog::logger>;

/// The log: one bounded queue, one writing thread, one destination. A slow disk or terminal delays
/// nobody: when the queue is full, the oldest waiting lines give way and are counted.
///
/// Lines are written one by one, so a crash loses only what still waits; destruction writes that
/// too. All members may be called from any thread.
class logging {
 public:
  static constexpr std::size_t default_queue_lines = 4'096;

  /// Throws std::runtime_error naming the file if it cannot be opened.
  explicit logging(const config::log_settings& settings,
                   std::size_t queue_lines = default_queue_lines);
  ~logging();
  logging(const logging&) = delete;
  logging& operator=(const logging&) = delete;

  /// The logger of a component ("shard", "delivery"); the same one on every call.
  logger get(const std::string& component);

  /// For every component, also those that ask later.
  void set_level(config::log_level level);

  /// Has the log's thread open the file anew, after a rotation. If that fails, the old file goes on
  /// being used and an error line says so. Without a file nothing happens.
  void reopen();

  /// The last lines, as far as the level lets them through; lives as long as this.
  [[nodiscard]] const recent_log& recent() const noexcept;

  /// Waits until what was logged so far is written, at most so long. False: it is not.
  bool settle(std::chrono::milliseconds timeout);

  /// Lines lost so far: pushed out of the full queue, or refused by the destination.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gatehouse::telemetry
