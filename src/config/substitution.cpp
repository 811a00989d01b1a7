#include "substitution.hpp"

#include <algorithm>

namespace gatehouse::config {
namespace {

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/// What stands between the braces of `${…}`, taken apart.
struct reference {
  std::string_view name;
  std::optional<std::string_view> otherwise{};  ///< behind `:-`
};

std::optional<reference> parse_reference(std::string_view text) {
  reference found{text.substr(0, text.find(":-"))};
  if (!is_variable_name(found.name)) return std::nullopt;
  if (found.name.size() < text.size()) found.otherwise = text.substr(found.name.size() + 2);
  return found;
}

}  // namespace

bool is_variable_name(std::string_view name) {
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

substituted substitute(std::string_view text, const environment& env) {
  substituted result;
  while (!text.empty()) {
    if (text.starts_with("$${")) {
      result.text += "${";
      text.remove_prefix(3);
      continue;
    }
    if (!text.starts_with("${")) {
      result.text += text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto end = text.find('}');
    const auto wanted =
        end == std::string_view::npos ? std::nullopt : parse_reference(text.substr(2, end - 2));
    if (!wanted) {
      result.error =
          "malformed ${...}; allowed: ${NAME} or ${NAME:-default} with a name of letters, digits "
          "and _, or $${ for a plain ${";
      return result;
    }
    auto found = env(std::string(wanted->name));
    if (wanted->otherwise && (!found || found->empty())) found = std::string(*wanted->otherwise);
    if (!found) {
      result.error.append("environment variable ").append(wanted->name).append(" is not set");
      return result;
    }
    result.text += *found;
    text.remove_prefix(end + 1);
  }
  return result;
}

bool names_variable_without_braces(std::string_view text) {
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    if (word.starts_with('$') && is_variable_name(word.substr(1))) return true;
    text.remove_prefix(word.size() < text.size() ? word.size() + 1 : word.size());
  }
  return false;
}

}  // namespace gatehouse::config
