#include <gatehouse/net/status_line.hpp>

#include <algorithm>

namespace gatehouse::net {
namespace {

constexpr std::string_view protocol = "HTTP/1.";
constexpr std::size_t status_begin = 9;
constexpr std::size_t status_end = 12;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

}  // namespace

bool lacks_blank(std::string_view head) noexcept {
  return head.size() > status_end && head[status_end] == '\r' && head.starts_with(protocol) &&
         head[status_begin - 1] == ' ' &&
         std::all_of(head.begin() + status_begin, head.begin() + status_end, is_digit);
}

bool complete_status_line(std::string& text, std::size_t begin) {
  const std::string_view head = std::string_view{text}.substr(begin);
  if (lacks_blank(head)) text.insert(begin + status_end, 1, ' ');
  // What is no HTTP at all is told from its first bytes.
  return head.size() > status_end || !head.starts_with(protocol.substr(0, head.size()));
}

}  // namespace gatehouse::net
