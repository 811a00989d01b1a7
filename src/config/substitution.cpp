#include "substitution.hpp"

#include <algorithm>

namespace gatehouse::config {
namespace {

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

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
    const auto name = end == std::string_view::npos ? std::string_view{} : text.substr(2, end - 2);
    if (!is_variable_name(name)) {
      result.error =
          "malformed ${...}; allowed: ${NAME} with a name of letters, digits and _, or $${ for a "
          "plain ${";
      return result;
    }
    const auto found = env(std::string(name));
    if (!found) {
      result.error.append("environment variable ").append(name).append(" is not set");
      return result;
    }
    result.text += *found;
    text.remove_prefix(end + 1);
  }
  return result;
}

}  // namespace gatehouse::config
