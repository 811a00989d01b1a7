#include "presence_text.hpp"

namespace gatehouse::config {

std::string json_string(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append("\\").push_back(c);
    } else if (byte < 0x20 || byte == 0x7F) {  // TOML, unlike JSON, wants DEL escaped too
      out.append("\\u00").push_back(digits[byte >> 4]);
      out.push_back(digits[byte & 0xF]);
    } else {
      out.push_back(c);
    }
  }
  return out + '"';
}

// JSON strings of json_string are TOML strings, but for `${`; beyond strings only the separator
// of keys differs, and null, which only `since` can be.
std::string presence_toml(std::string_view json) {
  constexpr std::string_view no_since = "{\"since\":null,";
  std::string out;
  if (json.starts_with(no_since)) {
    out += '{';
    json.remove_prefix(no_since.size());
  }
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && c == '\\') {
      out.append(json.substr(i++, 2));
      continue;
    }
    if (c == '"') in_string = !in_string;
    if (in_string && json.substr(i).starts_with("${")) out += '$';
    if (in_string || (c != ':' && c != ',')) {
      out += c;
    } else {
      out += c == ':' ? " = " : ", ";
    }
  }
  return out;
}

}  // namespace gatehouse::config
