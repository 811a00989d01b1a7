#include <gatehouse/net/retry_after.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <system_error>

namespace gatehouse::net {
namespace {

using runtime::milliseconds;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

std::optional<int> number(std::string_view digits) noexcept {
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  int value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return parsed.ec == std::errc{} ? std::optional{value} : std::nullopt;
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` as seconds since 1970.
std::optional<std::int64_t> parse_date(std::string_view text) noexcept {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return {};
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const auto day = number(text.substr(5, 2));
  const auto year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (month == months.end() || !day || !year || !hour || !minute || !second) return {};
  const auto month_number = static_cast<unsigned>(month - months.begin()) + 1;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{month_number},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return {};
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return ((days * 24 + *hour) * 60 + *minute) * 60 + *second;
}

}  // namespace

std::optional<milliseconds> retry_after_seconds(double seconds, milliseconds limit) noexcept {
  if (!(seconds >= 0)) return std::nullopt;  // also what is no number
  const double most = static_cast<double>(limit.count());
  return milliseconds{static_cast<std::int64_t>(std::min(std::ceil(seconds * 1000), most))};
}

std::optional<milliseconds> parse_retry_after(std::string_view text, std::int64_t unix_now,
                                              milliseconds limit) noexcept {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  if (text.empty()) return std::nullopt;
  if (!is_digit(text.front())) {
    const auto date = parse_date(text);
    if (!date) return std::nullopt;
    return retry_after_seconds(static_cast<double>(std::max<std::int64_t>(*date - unix_now, 0)),
                               limit);
  }
  double seconds = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, seconds, std::chars_format::fixed);
  if (parsed.ptr != end) return std::nullopt;
  if (parsed.ec == std::errc::result_out_of_range) return limit;
  return retry_after_seconds(seconds, limit);
}

}  // namespace gatehouse::net
