#pragma once

#include <gatehouse/telemetry/log_fields.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gatehouse::test {

/// A logger that keeps its lines as "level: message".
class log_capture {
 public:
  log_capture() { log_->set_level(spdlog::level::trace); }

  [[nodiscard]] std::shared_ptr<spdlog::logger> log() const { return log_; }
  [[nodiscard]] std::vector<std::string> lines() const { return sink_->lines(); }
  /// Those of the JSON object, per line: `,"shard":3`.
  [[nodiscard]] std::vector<std::string> members() const { return sink_->members(); }

 private:
  class sink final : public spdlog::sinks::base_sink<std::mutex> {
   public:
    std::vector<std::string> lines() {
      const std::lock_guard lock{mutex_};
      return lines_;
    }
    std::vector<std::string> members() {
      const std::lock_guard lock{mutex_};
      return members_;
    }

   private:
    void sink_it_(const spdlog::details::log_msg& message) override {
      const auto level = spdlog::level::to_string_view(message.level);
      lines_.push_back(std::string(level.data(), level.size()) + ": " +
                       std::string(telemetry::take_apart(message).prose));
      members_.emplace_back(telemetry::take_apart(message).members);
    }
    void flush_() override {}

    std::vector<std::string> lines_;
    std::vector<std::string> members_;
  };

  std::shared_ptr<sink> sink_ = std::make_shared<sink>();
  std::shared_ptr<spdlog::logger> log_ = std::make_shared<spdlog::logger>("test", sink_);
};

}  // namespace gatehouse::test
