#include "metric_text.hpp"

#include <array>
#include <charconv>

namespace gatehouse::admin {
namespace {

/// The format knows no other escapes in a label's value.
void append_escaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
}

}  // namespace

void metric_text::family(std::string_view name, kind what, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
  text_.append(name).append(what == kind::counter ? " counter\n" : " gauge\n");
}

void metric_text::begin_sample(std::initializer_list<label> labels) {
  text_ += name_;
  char separator = '{';
  for (const auto& [name, value] : labels) {
    text_ += separator;
    text_.append(name).append("=\"");
    append_escaped(text_, value);
    text_ += '"';
    separator = ',';
  }
  text_ += labels.size() == 0 ? " " : "} ";
}

void metric_text::sample(std::initializer_list<label> labels, double value) {
  begin_sample(labels);
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  text_.append(digits.data(), end) += '\n';
}

}  // namespace gatehouse::admin
