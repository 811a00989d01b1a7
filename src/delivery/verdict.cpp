#include <gatehouse/delivery/verdict.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace gatehouse::delivery {

namespace {

std::optional<int> number(std::string_view digits) noexcept {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  if (!whole || digits.empty() || digits.front() == '-') return std::nullopt;
  return value;
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

std::optional<runtime::duration> parse_retry_after(std::string_view text,
                                                   std::int64_t unix_now) noexcept {
  if (text.empty()) return std::nullopt;
  const auto limit = static_cast<std::int64_t>(max_retry_after.count());
  const bool is_number =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::int64_t seconds = limit;
  if (is_number) {
    if (text.size() < 10) seconds = number(text).value_or(0);
  } else if (const auto date = parse_date(text)) {
    seconds = *date - unix_now;
  } else {
    return std::nullopt;
  }
  return runtime::seconds{std::clamp<std::int64_t>(seconds, 0, limit)};
}

verdict judge(int status, std::string_view retry_after, std::int64_t unix_now) noexcept {
  if (status >= 200 && status < 300) return {};
  switch (status) {
    case 429:
    case 503:
      return {decision::retry, true, parse_retry_after(retry_after, unix_now)};
    case 408:
    case 425:
      break;
    case 401:
    case 403:
    case 404:
    case 405:
      return {decision::misconfigured, false, std::nullopt};
    default:
      if (status >= 400 && status < 500) return {decision::refused, false, std::nullopt};
      if (status < 400) return {decision::misconfigured, false, std::nullopt};
  }
  const auto wait = parse_retry_after(retry_after, unix_now);
  return {decision::retry, wait.has_value(), wait};
}

verdict judge(transport_failure failure) noexcept {
  return {decision::retry, failure == transport_failure::no_connection, std::nullopt};
}

std::string_view misconfiguration_hint(int status) noexcept {
  switch (status) {
    case 401:
      return "handlers.authorization is missing or not what the handler expects";
    case 403:
      return "the handler forbids it: check handlers.authorization and its access rules";
    case 404:
      return "nothing is served at this path: check the path in handlers.urls";
    case 405:
      return "this path does not take POST: check the path in handlers.urls";
    default:
      break;
  }
  if (status >= 300 && status < 400) {
    return "the handler redirects, which is not followed: configure the final address";
  }
  return "this does not look like an event handler: check handlers.urls";
}

std::string_view to_string(transport_failure failure) noexcept {
  switch (failure) {
    case transport_failure::no_connection:
      return "no connection";
    case transport_failure::timed_out:
      return "no answer in time";
    case transport_failure::lost:
      return "connection lost before the answer";
    case transport_failure::bad_answer:
      return "the answer is not HTTP";
  }
  return "unknown failure";
}

}  // namespace gatehouse::delivery
