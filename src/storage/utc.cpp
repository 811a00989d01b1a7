#include "utc.hpp"

#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <chrono>

namespace gatehouse::storage {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hh_mm_ss;
using std::chrono::milliseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;
using sys_ms = std::chrono::sys_time<milliseconds>;

struct fields {
  explicit fields(std::int64_t unix_ms)
      : date(floor<days>(sys_ms{milliseconds{unix_ms}})),
        clock(sys_ms{milliseconds{unix_ms}} - floor<days>(sys_ms{milliseconds{unix_ms}})) {}

  [[nodiscard]] int year() const { return static_cast<int>(date.year()); }
  [[nodiscard]] unsigned month() const { return static_cast<unsigned>(date.month()); }
  [[nodiscard]] unsigned day() const { return static_cast<unsigned>(date.day()); }

  year_month_day date;
  hh_mm_ss<milliseconds> clock;
};

/// Takes a number with exactly `digits` digits, then `end`, from the front.
std::optional<int> take(std::string_view& text, std::size_t digits, char end) {
  if (text.size() <= digits || text[digits] != end || text.front() == '-') return std::nullopt;
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + digits, value);
  if (read.ec != std::errc{} || read.ptr != text.data() + digits) return std::nullopt;
  text.remove_prefix(digits + 1);
  return value;
}

}  // namespace

std::string utc_text(std::int64_t unix_ms) {
  const fields at{unix_ms};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", at.year(), at.month(), at.day(),
                     at.clock.hours().count(), at.clock.minutes().count(),
                     at.clock.seconds().count(), at.clock.subseconds().count());
}

std::optional<std::int64_t> parse_utc(std::string_view text) {
  const auto year = take(text, 4, '-');
  const auto month = take(text, 2, '-');
  const auto day = take(text, 2, 'T');
  const auto hour = take(text, 2, ':');
  const auto minute = take(text, 2, ':');
  const auto second = take(text, 2, '.');
  const auto ms = take(text, 3, 'Z');
  if (!year || !month || !day || !hour || !minute || !second || !ms || !text.empty()) {
    return std::nullopt;
  }
  const year_month_day date{std::chrono::year{*year},
                            std::chrono::month{static_cast<unsigned>(*month)},
                            std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const sys_ms time = sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
                      std::chrono::seconds{*second} + milliseconds{*ms};
  return time.time_since_epoch().count();
}

std::string utc_for_file_name(std::int64_t unix_ms) {
  const fields at{unix_ms};
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", at.year(), at.month(), at.day(),
                     at.clock.hours().count(), at.clock.minutes().count(),
                     at.clock.seconds().count());
}

}  // namespace gatehouse::storage
