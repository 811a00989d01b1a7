#include "sections.hpp"

#include <gatehouse/config/definition.hpp>

#include <algorithm>

namespace gatehouse::config {
namespace {

std::vector<definition> all_rows() {
  std::vector<definition> rows;
  for (const auto part : {discord_rows(), connection_rows(), handler_rows(), event_rows(),
                          nats_rows(), cluster_rows(), queue_rows(), operation_rows()}) {
    rows.insert(rows.end(), part.begin(), part.end());
  }
  return rows;
}

std::string range_text(const definition& row, std::string_view noun) {
  const bool bounded = row.most != std::numeric_limits<std::int64_t>::max();
  std::string text;
  if (bounded) {
    text = std::to_string(row.least) + " to " + std::to_string(row.most);
  } else if (row.least > 0) {
    text = "at least " + std::to_string(row.least);
  } else {
    return text;
  }
  if (!noun.empty()) text.append(" ").append(noun);
  return text;
}

std::string_view rule_text(text_rule rule) {
  switch (rule) {
    case text_rule::any:
      return "";
    case text_rule::plain:
      return "no control characters";
    case text_rule::path:
      return "a path";
    case text_rule::header_value:
      return "no control characters, no space at either end";
    case text_rule::bot_token:
      return "printable ASCII without spaces, `Bot ` may precede it";
    case text_rule::rest_url:
      return "http:// or https:// URL without query";
    case text_rule::ws_base:
      return "ws:// or wss:// URL without query";
    case text_rule::handler_url:
      return "http://, https://, http+unix:///path.sock:/route or jetstream:SUBJECT";
    case text_rule::nats_server:
      return "nats:// or tls://, host and port";
    case text_rule::member_name:
      return "letters, digits, _ and -";
    case text_rule::listen:
      return "host:port or [IPv6]:port";
    case text_rule::event_name:
      return "names of A-Z, 0-9 and _";
    case text_rule::invite_code:
      return "letters, digits and -";
  }
  return "";
}

std::string join(std::string_view first, std::string_view second) {
  std::string text(first);
  if (!first.empty() && !second.empty()) text += ", ";
  return text.append(second);
}

std::string choices_text(const definition& row) {
  std::string text;
  for (const auto name : row.choices) {
    if (!text.empty()) text += ", ";
    text.append("\"").append(name).append("\"");
  }
  return text;
}

std::string quoted(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '"' || byte == '\\') {
      out.append("\\").push_back(text[i]);
    } else if (byte < 0x20 || byte == 0x7F) {
      out.append("\\u00").push_back(digits[byte >> 4]);
      out.push_back(digits[byte & 0xF]);
    } else {
      if (text.substr(i).starts_with("${")) out += '$';
      out.push_back(text[i]);
    }
  }
  return out + '"';
}

}  // namespace

std::string_view definition::section() const {
  return key.substr(0, key.rfind('.'));
}

std::string_view definition::leaf() const {
  return key.substr(key.rfind('.') + 1);
}

bool definition::has_default() const {
  return !required && !secret && type != value_type::presence && example.empty();
}

std::span<const definition> definitions() {
  static const std::vector<definition> rows = all_rows();
  return rows;
}

const definition* find_definition(std::string_view key) {
  const auto rows = definitions();
  const auto found = std::ranges::find(rows, key, &definition::key);
  return found == rows.end() ? nullptr : &*found;
}

std::vector<std::string_view> sections() {
  std::vector<std::string_view> names;
  for (const auto& row : definitions()) {
    if (names.empty() || names.back() != row.section()) names.push_back(row.section());
  }
  return names;
}

std::string default_text(const definition& row) {
  return row.has_default() ? to_toml(row.access.fetch(settings{})) : std::string{};
}

std::string allowed_text(const definition& row) {
  switch (row.type) {
    case value_type::boolean:
      return "true, false";
    case value_type::integer:
      return range_text(row, row.unit);
    case value_type::choice:
      return choices_text(row);
    case value_type::text:
      return join(rule_text(row.rule), range_text(row, "bytes"));
    case value_type::text_list:
      return join(rule_text(row.rule), range_text(row, "elements"));
    case value_type::intents:
      return "intent names, or their sum";
    case value_type::presence:
      return "status, activities, since, afk";
  }
  return {};
}

std::string to_toml(const value& what) {
  if (const auto* flag = std::get_if<bool>(&what)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&what)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&what)) return quoted(*text);
  std::string out = "[";
  for (const auto& element : std::get<std::vector<std::string>>(what)) {
    if (out.size() > 1) out += ", ";
    out += quoted(element);
  }
  return out + "]";
}

}  // namespace gatehouse::config
