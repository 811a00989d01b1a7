#include "common_answer.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
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

/// Whether a byte below 0x20 or 0x7F is among them, eight at a time: this runs once per event.
bool has_control(std::string_view text) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t highs = 0x8080808080808080;
  std::uint64_t found = 0;
  while (!text.empty()) {
    std::uint64_t word = ones * ' ';
    const std::size_t bytes = std::min(text.size(), sizeof word);
    std::memcpy(&word, text.data(), bytes);
    const std::uint64_t delete_as_zero = word ^ (ones * 0x7F);
    found |= (word - ones * 0x20) & ~word;
    found |= (delete_as_zero - ones) & ~delete_as_zero;
    text.remove_prefix(bytes);
  }
  return (found & highs) != 0;
}

bool is_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

/// `name:`, of the letters that names are made of in practice.
bool has_name(std::string_view line) noexcept {
  const auto end = std::find_if_not(line.begin(), line.end(), [](char c) {
    const char lower = static_cast<char>(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  return end != line.begin() && end != line.end() && *end == ':';
}

/// False for a line that the general parser should see.
bool read_line(std::string_view line, std::optional<std::size_t>& length) noexcept {
  if (has_control(line)) return false;
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
  return has_name(line);
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
  const auto reason = bytes.substr(status_line_bytes, end - 1 - status_line_bytes);
  if (has_control(reason) || !is_ascii(reason)) return {};
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
