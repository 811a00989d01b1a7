#include "large_dispatch.hpp"

#include <gatehouse/gateway/snowflake.hpp>
#include <gatehouse/gateway/text_cursor.hpp>

#include <simdjson.h>

namespace gatehouse::gateway {

namespace {

/// A number as Discord counts; anything odd is left to simdjson.
bool read_seq(std::string_view raw, std::int64_t& out) noexcept {
  constexpr std::size_t longest = 18;  // always fits
  if (raw.empty() || raw.size() > longest || raw.front() == '0') return false;
  out = 0;
  for (const char digit : raw) {
    if (digit < '0' || digit > '9') return false;
    out = out * 10 + (digit - '0');
  }
  return true;
}

/// In a string or as a number; 0 for anything else, which is no guild.
std::uint64_t read_id(std::string_view raw) noexcept {
  if (raw.starts_with('"')) raw = raw.substr(1, raw.size() - 2);
  return parse_snowflake(raw).value_or(0);
}

/// Up to the value of `d`. All three must have come by then, once each.
bool read_head(text_cursor& text, envelope& out) {
  bool op_seen = false;
  if (!text.take('{')) return false;
  for (;;) {
    std::string_view key;
    std::string_view raw;
    if (!text.take_string(key) || !text.take(':')) return false;
    if (key == "d") return op_seen && out.seq != 0 && !out.type.empty();
    if (key == "t" && out.type.empty()) {
      if (!text.take_string(out.type)) return false;
    } else if (key == "s" && out.seq == 0) {
      if (!text.take_value(raw) || !read_seq(raw, out.seq)) return false;
    } else if (key == "op" && !op_seen) {
      if (!text.take_value(raw) || raw != "0") return false;
      op_seen = true;
    } else {
      return false;
    }
    if (!text.take(',')) return false;
  }
}

}  // namespace

bool read_large_dispatch(std::string_view text, envelope& out) {
  if (!text_cursor::works()) return false;
  out = {};
  text_cursor cursor{text};
  if (!read_head(cursor, out) || !cursor.take('{')) return false;
  const char* const begin = cursor.place() - 1;
  std::string_view raw;
  switch (cursor.find_member(is_guild_itself(out.type) ? "id" : "guild_id", raw)) {
    case text_cursor::search::found:
      out.guild_id = read_id(raw);
      if (!cursor.leave()) return false;
      break;
    case text_cursor::search::absent:
      break;
    case text_cursor::search::not_understood:
      return false;
  }
  out.op = 0;
  out.data = {begin, static_cast<std::size_t>(cursor.place() - begin)};
  return cursor.take('}') && cursor.at_end() && simdjson::validate_utf8(text);
}

}  // namespace gatehouse::gateway
