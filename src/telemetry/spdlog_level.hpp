#pragma once

#include <gatehouse/config/settings.hpp>

#include <spdlog/common.h>

namespace gatehouse::telemetry {

constexpr spdlog::level::level_enum to_spdlog(config::log_level level) noexcept {
  switch (level) {
    case config::log_level::trace:
      return spdlog::level::trace;
    case config::log_level::debug:
      return spdlog::level::debug;
    case config::log_level::info:
      return spdlog::level::info;
    case config::log_level::warn:
      return spdlog::level::warn;
    case config::log_level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

constexpr config::log_level from_spdlog(spdlog::level::level_enum level) noexcept {
  switch (level) {
    case spdlog::level::trace:
      return config::log_level::trace;
    case spdlog::level::debug:
      return config::log_level::debug;
    case spdlog::level::info:
      return config::log_level::info;
    case spdlog::level::warn:
      return config::log_level::warn;
    default:
      return config::log_level::error;
  }
}

}  // namespace gatehouse::telemetry
