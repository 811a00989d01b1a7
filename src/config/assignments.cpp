#include "assignments.hpp"

#include "syntax_error.hpp"

#include <gatehouse/config/definition.hpp>

#include <cctype>
#include <string_view>
#include <utility>

namespace gatehouse::config {
namespace {

/// Whatever `over` has takes the place of what `base` has; tables are put together.
void overlay(toml::table& base, toml::table& over) {
  for (auto&& [key, node] : over) {
    auto* const inner = node.as_table();
    auto* const there = base.get_as<toml::table>(key.str());
    if (inner != nullptr && there != nullptr) {
      overlay(*there, *inner);
    } else {
      base.insert_or_assign(key, std::move(node));
    }
  }
}

/// Whether the value is a string that has lost its quotes: a shell takes those of
/// `--set log.level="debug"` away.
bool lacks_quotes(std::string_view key, std::string_view value) {
  if (value.starts_with('"') || value.starts_with('\'')) return false;
  const auto* const row = find_definition(key);
  if (row == nullptr) {  // mistyped, which is what is to be said
    const bool is_word = !value.empty() && std::isalpha(static_cast<unsigned char>(value[0])) != 0;
    return is_word && value != "true" && value != "false";
  }
  if (row->type == value_type::text_list) return !value.starts_with('[');
  return row->type == value_type::text || row->type == value_type::choice;
}

std::string with_quotes(const std::string& assignment, std::size_t equals) {
  const auto key = std::string_view(assignment).substr(0, equals);
  const auto value = std::string_view(assignment).substr(equals + 1);
  if (!lacks_quotes(key, value)) return assignment;
  const char quote = value.find('\'') == std::string_view::npos ? '\'' : '"';
  return assignment.substr(0, equals + 1) + quote + std::string(value) + quote;
}

}  // namespace

void assign(reading& in, toml::table& document, const std::vector<std::string>& assignments) {
  int number = 0;
  for (const auto& assignment : assignments) {
    const position at{++number, 1, true};
    const auto equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      in.report(at, "toml", "is not key=value, such as log.level=debug");
      continue;
    }
    // Its number is the line that its nodes are on.
    const std::string text =
        std::string(static_cast<std::size_t>(number - 1), '\n') + with_quotes(assignment, equals);
    try {
      auto parsed = toml::parse(text, assignment_source);
      overlay(document, parsed);
    } catch (const toml::parse_error& error) {
      in.report(at, "toml", syntax_text(error.description()));
    }
  }
}

}  // namespace gatehouse::config
