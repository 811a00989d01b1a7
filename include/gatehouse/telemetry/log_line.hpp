#pragma once

#include <gatehouse/config/settings.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace gatehouse::telemetry {

/// One line of the log before it is written.
struct log_line {
  std::chrono::system_clock::time_point time;
  config::log_level level = config::log_level::info;
  std::string_view component;
  std::string_view message;
  std::string_view members{};  ///< of the JSON object besides: `,"shard":3`
};

/// As in the configuration: "trace" … "error".
std::string_view to_string(config::log_level level) noexcept;

/// Appends `2026-08-06T12:00:00.123Z info  [component] message` and a line break; pure.
/// `colour` marks the level with ANSI escapes, for a terminal.
void append_text_line(std::string& out, const log_line& line, bool colour);

/// Appends `{"time":…,"level":…,"component":…,"message":…}`, with the members behind the message,
/// and a line break; pure.
void append_json_line(std::string& out, const log_line& line);

}  // namespace gatehouse::telemetry
