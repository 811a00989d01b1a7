#include "toml_node.hpp"

#include "substitution.hpp"

#include <algorithm>

namespace gatehouse::config {
namespace {

std::string_view type_name(toml::node_type type) {
  switch (type) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a floating-point number";
    case toml::node_type::boolean:
      return "a boolean";
    case toml::node_type::date:
      return "a date";
    case toml::node_type::time:
      return "a time";
    case toml::node_type::date_time:
      return "a date and time";
    case toml::node_type::none:
      break;
  }
  return "nothing";
}

}  // namespace

position position_of(const toml::source_region& region) {
  if (!region.begin) return {};
  return {static_cast<int>(region.begin.line), static_cast<int>(region.begin.column),
          region.path && *region.path == assignment_source};
}

std::string wrong_type(std::string_view wanted, const toml::node& found) {
  return std::string("must be ").append(wanted).append(", not ").append(type_name(found.type()));
}

std::string display_key(std::string_view key) {
  constexpr std::size_t longest = 64;
  std::string shown(key.substr(0, longest));
  for (char& c : shown) {
    if (c <= 0x20 || c >= 0x7F) c = '?';  // bytes of UTF-8 are negative
  }
  return key.size() > longest ? shown + "..." : shown;
}

std::optional<std::string> quoted_word(const toml::node& node) {
  constexpr std::size_t longest = 32;
  const auto* const text = node.as_string();
  if (text == nullptr || text->get().empty() || text->get().size() > longest) return std::nullopt;
  const std::string& word = text->get();
  const auto is_lower = [](char c) { return (c >= 'a' && c <= 'z') || c == '-' || c == '_'; };
  const auto is_upper = [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; };
  const bool has_one_case = std::all_of(word.begin() + 1, word.end(), is_lower) ||
                            std::all_of(word.begin(), word.end(), is_upper);
  if (!has_one_case || !(is_lower(word[0]) || is_upper(word[0]))) return std::nullopt;
  return '"' + word + '"';
}

std::optional<std::string> read_string(reading& in, const toml::node& node, std::string_view key) {
  const auto at = position_of(node.source());
  const auto* const text = node.as_string();
  if (text == nullptr) {
    in.report(at, key, wrong_type("a string", node));
    return std::nullopt;
  }
  auto replaced = substitute(text->get(), in.env);
  if (!replaced.error.empty()) {
    in.report(at, key, std::move(replaced.error));
    return std::nullopt;
  }
  return std::move(replaced.text);
}

}  // namespace gatehouse::config
