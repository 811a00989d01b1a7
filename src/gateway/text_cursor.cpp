#include "text_search.hpp"

#include <gatehouse/gateway/text_cursor.hpp>

namespace gatehouse::gateway {

namespace {

bool is_space(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool begins_scalar(char c) noexcept {
  return c == '-' || (c >= '0' && c <= '9') || c == 't' || c == 'f' || c == 'n';
}

bool continues_scalar(char c) noexcept {
  return begins_scalar(c) || (c >= 'a' && c <= 'z') || c == '+' || c == '.' || c == 'E';
}

}  // namespace

bool text_cursor::works() noexcept {
  return can_search_text();
}

void text_cursor::skip_space() noexcept {
  while (at_ < end_ && is_space(*at_)) ++at_;
}

bool text_cursor::at_end() noexcept {
  skip_space();
  return at_ == end_;
}

bool text_cursor::take(char wanted) noexcept {
  skip_space();
  if (at_ == end_ || *at_ != wanted) return false;
  ++at_;
  return true;
}

bool text_cursor::take_string(std::string_view& raw) noexcept {
  if (!take('"')) return false;
  const char* const behind = find_string_end(at_, end_);
  if (behind == nullptr) return false;
  raw = {at_, static_cast<std::size_t>(behind - at_) - 1};
  at_ = behind;
  return true;
}

bool text_cursor::skip_scalar() noexcept {
  if (!begins_scalar(*at_)) return false;
  while (at_ < end_ && continues_scalar(*at_)) ++at_;
  return at_ < end_ && (is_space(*at_) || *at_ == ',' || *at_ == '}' || *at_ == ']');
}

bool text_cursor::take_value(std::string_view& raw) noexcept {
  if (at_end()) return false;
  const char* const begin = at_;
  if (*at_ == '"') {
    std::string_view content;
    if (!take_string(content)) return false;
  } else if (*at_ == '{' || *at_ == '[') {
    ++at_;
    if (!leave()) return false;
  } else if (!skip_scalar()) {
    return false;
  }
  raw = {begin, static_cast<std::size_t>(at_ - begin)};
  return true;
}

text_cursor::search text_cursor::find_member(std::string_view name,
                                             std::string_view& raw) noexcept {
  if (take('}')) return search::absent;
  for (;;) {
    std::string_view key;
    if (!take_string(key) || !take(':') || !take_value(raw)) return search::not_understood;
    if (at_end() || (*at_ != ',' && *at_ != '}')) return search::not_understood;
    if (key == name) return search::found;
    if (*at_++ == '}') return search::absent;
  }
}

bool text_cursor::leave() noexcept {
  const char* const behind = find_close(at_, end_, 1);
  if (behind == nullptr) return false;
  at_ = behind;
  return true;
}

}  // namespace gatehouse::gateway
