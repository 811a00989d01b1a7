#include <gatehouse/telemetry/text.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace gatehouse::telemetry {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

struct code_point {
  char32_t value;
  std::size_t bytes;
  bool valid;
};

/// First-byte classes of the Unicode standard's table 3-7: length, and the range of the second
/// byte, which excludes overlong forms, surrogates and what lies above U+10FFFF.
struct lead_byte {
  unsigned char first, last;
  std::uint8_t length;
  unsigned char second_least, second_most;
};
constexpr std::array lead_bytes{
    lead_byte{0xC2, 0xDF, 2, 0x80, 0xBF}, lead_byte{0xE0, 0xE0, 3, 0xA0, 0xBF},
    lead_byte{0xE1, 0xEC, 3, 0x80, 0xBF}, lead_byte{0xED, 0xED, 3, 0x80, 0x9F},
    lead_byte{0xEE, 0xEF, 3, 0x80, 0xBF}, lead_byte{0xF0, 0xF0, 4, 0x90, 0xBF},
    lead_byte{0xF1, 0xF3, 4, 0x80, 0xBF}, lead_byte{0xF4, 0xF4, 4, 0x80, 0x8F},
};

/// Reads the code point at the start of `text`, which is not empty. Of a malformed one, the
/// longest part that could have begun a well-formed one is taken together.
code_point decode(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  for (const lead_byte& lead : lead_bytes) {
    if (first < lead.first || first > lead.last) continue;
    char32_t value = first & (0xFFU >> (lead.length + 1U));
    for (std::size_t i = 1; i < lead.length; ++i) {
      const unsigned char least = i == 1 ? lead.second_least : 0x80;
      const unsigned char most = i == 1 ? lead.second_most : 0xBF;
      if (i >= text.size() || byte(i) < least || byte(i) > most) return {0, i, false};
      value = value << 6 | (byte(i) & 0x3FU);
    }
    return {value, lead.length, true};
  }
  return {0, 1, false};
}

void append_hex(std::string& out, std::string_view prefix, char32_t value, int digits) {
  out += prefix;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    out += "0123456789abcdef"[value >> shift & 0xFU];
  }
}

/// The short escape that log lines and JSON share; '\0' if there is none.
char short_escape(char32_t value) {
  switch (value) {
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return '\0';
  }
}

/// C0, DEL, C1, and the separators at which some viewers break a line.
bool needs_escape_in_line(char32_t value) {
  return value < 0x20 || (value >= 0x7F && value <= 0x9F) || value == 0x2028 || value == 0x2029;
}

void append_line_character(std::string& out, char32_t value, std::string_view encoded) {
  if (!needs_escape_in_line(value)) {
    out += encoded;
  } else if (const char escape = short_escape(value); escape != '\0') {
    (out += '\\') += escape;
  } else if (value < 0x80) {
    append_hex(out, "\\x", value, 2);
  } else {
    append_hex(out, "\\u", value, 4);
  }
}

void append_json_character(std::string& out, char32_t value, std::string_view encoded) {
  if (value == '"' || value == '\\') {
    (out += '\\') += encoded;
  } else if (!needs_escape_in_line(value)) {
    out += encoded;
  } else if (const char escape = short_escape(value); escape != '\0') {
    (out += '\\') += escape;
  } else {
    append_hex(out, "\\u", value, 4);
  }
}

template <class Append>
void append_each(std::string& out, std::string_view text, Append append) {
  while (!text.empty()) {
    const code_point next = decode(text);
    if (next.valid) {
      append(out, next.value, text.substr(0, next.bytes));
    } else {
      out += replacement;
    }
    text.remove_prefix(next.bytes);
  }
}

}  // namespace

void append_printable(std::string& out, std::string_view text) {
  append_each(out, text, append_line_character);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  append_each(out, text, append_json_character);
  out += '"';
}

}  // namespace gatehouse::telemetry
