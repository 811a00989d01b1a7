#include "syntax_error.hpp"

namespace gatehouse::config {

std::string syntax_text(std::string_view message) {
  message = message.substr(0, message.find(", saw "));
  constexpr std::string_view prefix = "Error while parsing ";
  std::string text = message.starts_with(prefix)
                         ? "cannot read " + std::string(message.substr(prefix.size()))
                         : "cannot read the file: " + std::string(message);
  const auto detail = text.find(": ");
  const bool quotes_a_value = text.find("representable") != std::string::npos ||
                              text.find("as a value") != std::string::npos;
  if (quotes_a_value && detail != std::string::npos) {
    text.replace(detail, std::string::npos, ": the number is out of range");
  }
  if (text.ends_with("could not determine value type")) text += "; strings stand in quotes";
  if (text.find("unescaped control characters") != std::string::npos) {
    return "cannot read string: it does not end on its line";
  }
  return text;
}

}  // namespace gatehouse::config
