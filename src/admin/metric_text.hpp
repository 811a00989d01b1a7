#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::admin {

/// Composes metrics in Prometheus' text format 0.0.4. All samples of a family follow its head.
class metric_text {
 public:
  enum class kind { counter, gauge, histogram };
  using label = std::pair<std::string_view, std::string_view>;

  /// `name` of counters ends in `_total`; `help` is one line.
  void family(std::string_view name, kind what, std::string_view help);
  void sample(std::initializer_list<label> labels, double value);
  void sample(std::initializer_list<label> labels, std::unsigned_integral auto value) {
    begin_sample(labels);
    text_.append(std::to_string(value)) += '\n';
  }
  void sample(std::unsigned_integral auto value) { sample({}, value); }
  /// All samples of one histogram. `bounds` are its buckets' upper bounds, ascending; `counts` has
  /// one more, for what lies beyond, and is not cumulative.
  void histogram(label of, std::span<const double> bounds, std::span<const std::uint64_t> counts,
                 double sum);

  [[nodiscard]] std::string take() noexcept { return std::move(text_); }

 private:
  void begin_sample(std::initializer_list<label> labels, std::string_view suffix = {});
  void append(double value);

  std::string text_;
  std::string name_;  ///< of the current family
};

}  // namespace gatehouse::admin
