#pragma once

#include <gatehouse/controllers/decision_points.hpp>

#include <mutex>

namespace gatehouse::controllers {

/// Writes the failures of hooks, of each at most one per interval. From any thread.
class decision_points::failure_log {
 public:
  explicit failure_log(telemetry::logger log) : log_(std::move(log)) {}

  void loaded(const std::string& library, const std::string& replaced);
  void failed(hook which, std::string_view library, std::string_view reason,
              runtime::time_point now);

 private:
  struct entry {
    std::optional<runtime::time_point> written;
    std::uint64_t silent = 0;  ///< since then
  };

  telemetry::logger log_;
  std::mutex mutex_;
  std::array<entry, hooks> entries_{};
};

}  // namespace gatehouse::controllers
