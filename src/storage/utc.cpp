#include "utc.hpp"

#include <spdlog/fmt/chrono.h>

#include <charconv>
#include <chrono>
#include <ctime>

namespace gatehouse::storage {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::tm fields_of(seconds since_epoch) {
  return fmt::gmtime(static_cast<std::time_t>(since_epoch.count()));
}

}  // namespace

std::string utc_text(std::int64_t unix_ms) {
  const milliseconds exact{unix_ms};
  const auto whole = std::chrono::floor<seconds>(exact);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fields_of(whole), (exact - whole).count());
}

std::optional<std::int64_t> parse_utc(std::string_view text) {
  const std::string copy{text};
  std::tm fields{};
  const char* const rest = ::strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S.", &fields);
  if (rest == nullptr) return std::nullopt;
  int ms = 0;
  std::from_chars(rest, copy.c_str() + copy.size(), ms);
  const std::int64_t unix_ms = std::int64_t{::timegm(&fields)} * 1'000 + ms;
  // Other forms, and dates that do not exist, do not come back as what they were.
  if (utc_text(unix_ms) != text) return std::nullopt;
  return unix_ms;
}

std::string utc_for_file_name(std::int64_t unix_ms) {
  const auto whole = std::chrono::floor<seconds>(milliseconds{unix_ms});
  return fmt::format("{:%Y%m%dT%H%M%SZ}", fields_of(whole));
}

}  // namespace gatehouse::storage
