#include <gatehouse/telemetry/log_line.hpp>
#include <gatehouse/telemetry/text.hpp>

#include <spdlog/fmt/fmt.h>

#include <iterator>

namespace gatehouse::telemetry {
namespace {

constexpr std::string_view colour_off = "\x1b[0m";

std::string_view colour_of(config::log_level level) {
  switch (level) {
    case config::log_level::trace:
    case config::log_level::debug:
      return "\x1b[2m";
    case config::log_level::info:
      return "\x1b[32m";
    case config::log_level::warn:
      return "\x1b[33m";
    case config::log_level::error:
      return "\x1b[1;31m";
  }
  return {};
}

/// ISO 8601 in UTC with milliseconds: `2026-08-06T12:00:00.123Z`.
void append_time(std::string& out, std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<milliseconds>(time - day)};
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                 static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                 static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(),
                 clock.seconds().count(), clock.subseconds().count());
}

}  // namespace

std::string_view to_string(config::log_level level) noexcept {
  switch (level) {
    case config::log_level::trace:
      return "trace";
    case config::log_level::debug:
      return "debug";
    case config::log_level::info:
      return "info";
    case config::log_level::warn:
      return "warn";
    case config::log_level::error:
      return "error";
  }
  return "?????";
}

void append_text_line(std::string& out, const log_line& line, bool colour) {
  constexpr std::size_t level_width = 5;
  const std::string_view level = to_string(line.level);
  append_time(out, line.time);
  out += ' ';
  if (colour) out += colour_of(line.level);
  out += level;
  if (colour) out += colour_off;
  out.append(level_width + 1 - level.size(), ' ');
  out += '[';
  append_printable(out, line.component);
  out += "] ";
  append_printable(out, line.message);
  out += '\n';
}

void append_json_line(std::string& out, const log_line& line) {
  out += R"({"time":")";
  append_time(out, line.time);
  out += R"(","level":")";
  out += to_string(line.level);
  out += R"(","component":)";
  append_json_string(out, line.component);
  out += R"(,"message":)";
  append_json_string(out, line.message);
  out += line.members;
  out += "}\n";
}

}  // namespace gatehouse::telemetry
