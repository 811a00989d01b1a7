#include "figures.hpp"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <string_view>

namespace gatehouse::app {

std::string duration_text(std::int64_t ms) {
  constexpr std::int64_t second = 1'000;
  constexpr std::int64_t minute = 60 * second;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::int64_t day = 24 * hour;
  if (ms < second) return fmt::format("{} ms", ms);
  if (ms < minute) return fmt::format("{} s", ms / second);
  if (ms < hour) return fmt::format("{} min {} s", ms / minute, ms % minute / second);
  if (ms < day) return fmt::format("{} h {} min", ms / hour, ms % hour / minute);
  return fmt::format("{} d {} h", ms / day, ms % day / hour);
}

std::string short_duration(std::int64_t ms) {
  constexpr std::int64_t second = 1'000;
  constexpr std::int64_t minute = 60 * second;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::int64_t day = 24 * hour;
  const auto in = [ms](std::int64_t unit) { return (ms + unit - 1) / unit; };
  if (ms < second) return fmt::format("{} ms", ms);
  if (ms <= 2 * minute) return fmt::format("{} s", in(second));
  if (ms <= 2 * hour) return fmt::format("{} min", in(minute));
  if (ms <= 2 * day) return fmt::format("{} h", in(hour));
  return fmt::format("{} d", in(day));
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  constexpr double step = 1'024;
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (amount >= step && unit + 1 < units.size()) {
    amount /= step;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", amount, unit == 0 || amount >= 100 ? 0 : 1, units[unit]);
}

std::string count_text(std::int64_t count) {
  std::string digits = std::to_string(count);
  const std::size_t first = count < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

}  // namespace gatehouse::app
