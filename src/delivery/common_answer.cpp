#include "common_answer.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace gatehouse::delivery {

namespace {

constexpr std::string_view start = "HTTP/1.1 2";
constexpr std::size_t status_line_bytes = 13;  // up to the blank after the status
constexpr std::size_t max_body_bytes = 1UL << 20;

/// Compares a header's name, given in lower case.
bool is_named(std::string_view line, std::string_view lower_name_and_colon) noexcept {
  return line.size() >= lower_name_and_colon.size() &&
         std::equal(lower_name_and_colon.begin(), lower_name_and_colon.end(), line.begin(),
                    [](char lower, char c) {
                      return lower == (c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
                    });
}

std::string_view value_of(std::string_view line, std::size_t name_bytes) noexcept {
  line.remove_prefix(name_bytes);
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  return line;
}

bool read_length(std::string_view digits, std::optional<std::size_t>& length) noexcept {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return false;
  if (length || value > max_body_bytes) return false;
  length = value;
  return true;
}

bool is_keep_alive(std::string_view value) noexcept {
  return value.size() == 10 && is_named(value, "keep-alive");
}

/// False for a line that the general parser should see.
bool read_line(std::string_view line, std::optional<std::size_t>& length) noexcept {
  switch (line.front() | 0x20) {
    case 'c':
      if (is_named(line, "content-length:")) return read_length(value_of(line, 15), length);
      if (is_named(line, "connection:")) return is_keep_alive(value_of(line, 11));
      break;
    case 't':
      if (is_named(line, "transfer-encoding") || is_named(line, "trailer")) return false;
      break;
    case 'r':
      if (is_named(line, "retry-after")) return false;
      break;
    default:
      break;
  }
  const char first = static_cast<char>(line.front() | 0x20);
  return first >= 'a' && first <= 'z' && line.find(':') != std::string_view::npos;
}

}  // namespace

common_answer match_common_answer(std::string_view bytes) noexcept {
  if (bytes.size() < status_line_bytes + 4 || !bytes.starts_with(start)) return {};
  const auto tens = static_cast<unsigned>(bytes[10] - '0');
  const auto ones = static_cast<unsigned>(bytes[11] - '0');
  if (tens > 9 || ones > 9 || bytes[12] != ' ') return {};
  const int status = 200 + static_cast<int>(tens * 10 + ones);

  std::optional<std::size_t> length;
  std::size_t end = bytes.find('\n', status_line_bytes);
  if (end == std::string_view::npos || bytes[end - 1] != '\r') return {};
  std::size_t begin = end + 1;
  for (;; begin = end + 1) {
    end = bytes.find('\n', begin);
    if (end == std::string_view::npos || bytes[end - 1] != '\r') return {};
    const std::string_view line = bytes.substr(begin, end - 1 - begin);
    if (line.empty()) break;
    if (!read_line(line, length)) return {};
  }
  const std::size_t head_bytes = end + 1;
  if (!length && status != 204) return {};
  const std::size_t body_bytes = status == 204 ? 0 : length.value_or(0);
  if (bytes.size() - head_bytes < body_bytes) return {};
  return {head_bytes + body_bytes, status};
}

}  // namespace gatehouse::delivery
