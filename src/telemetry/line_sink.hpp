#pragma once

#include "destination.hpp"

#include <gatehouse/config/settings.hpp>
#include <gatehouse/telemetry/recent_log.hpp>

#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace gatehouse::telemetry {

/// Formats what the queue hands over and writes it; reports lost lines in the log itself.
class line_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit line_sink(const config::log_settings& settings);

  /// `overrun` tells how many lines the queue has dropped. Set before the first line.
  void watch(std::function<std::uint64_t()> overrun) { overrun_ = std::move(overrun); }

  /// Any thread: the file is opened anew before the next line or at the next flush.
  void want_reopening() noexcept { wants_reopening_ = true; }

  /// Any thread: the number of a flush that is asked for behind this call; and whether it has come.
  [[nodiscard]] std::uint64_t next_flush();
  bool wait_for_flush(std::uint64_t number, std::chrono::milliseconds timeout);

  [[nodiscard]] const recent_log& recent() const noexcept { return recent_; }

  /// Lines that the destination refused.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override;  // every line is written at once
  void reopen_if_wanted();
  void write_line(const spdlog::details::log_msg& message);
  void report_overrun();

  destination destination_;
  recent_log recent_;
  config::log_format format_;
  bool colour_;
  std::string buffer_;
  std::function<std::uint64_t()> overrun_;
  std::uint64_t reported_overrun_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  std::atomic<bool> wants_reopening_ = false;

  std::mutex flush_mutex_;  ///< of what follows
  std::condition_variable flush_ended_;
  std::uint64_t flushes_asked_ = 0;
  std::uint64_t flushes_ended_ = 0;
};

}  // namespace gatehouse::telemetry
