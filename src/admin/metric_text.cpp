#include "metric_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

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

/// The shortest that reads back as the same; without an exponent where that is not much longer.
std::string digits_of(double value) {
  constexpr double plain_from = 1e-6;
  constexpr double plain_to = 1e15;
  const double size = std::abs(value);
  const bool is_plain = size == 0 || (size >= plain_from && size < plain_to);
  std::array<char, 32> digits;
  char* const end = digits.data() + digits.size();
  const auto written = is_plain ? std::to_chars(digits.data(), end, value, std::chars_format::fixed)
                                : std::to_chars(digits.data(), end, value);
  return {digits.data(), written.ptr};
}

std::string_view name_of(metric_text::kind what) {
  switch (what) {
    case metric_text::kind::counter:
      return "counter";
    case metric_text::kind::gauge:
      return "gauge";
    case metric_text::kind::histogram:
      break;
  }
  return "histogram";
}

}  // namespace

void metric_text::family(std::string_view name, kind what, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
  text_.append(name).append(" ").append(name_of(what)) += '\n';
}

void metric_text::begin_sample(std::initializer_list<label> labels, std::string_view suffix) {
  text_.append(name_).append(suffix);
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

void metric_text::append(double value) {
  text_.append(digits_of(value)) += '\n';
}

void metric_text::sample(std::initializer_list<label> labels, double value) {
  begin_sample(labels);
  append(value);
}

void metric_text::histogram(label of, std::span<const double> bounds,
                            std::span<const std::uint64_t> counts, double sum) {
  std::uint64_t up_to_here = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    up_to_here += counts[i];
    const std::string bound = i < bounds.size() ? digits_of(bounds[i]) : "+Inf";
    begin_sample({of, {"le", bound}}, "_bucket");
    text_.append(std::to_string(up_to_here)) += '\n';
  }
  begin_sample({of}, "_sum");
  append(sum);
  begin_sample({of}, "_count");
  text_.append(std::to_string(up_to_here)) += '\n';
}

}  // namespace gatehouse::admin
