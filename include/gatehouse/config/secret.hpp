#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::config {

/// A string that must never reach a log, a status page or an error text.
///
/// It has no stream operator and no formatter, so printing it does not compile; whoever really
/// needs the text (to put it on the wire) says so by calling `reveal()`.
class secret {
 public:
  secret() = default;
  explicit secret(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
  [[nodiscard]] const std::string& reveal() const noexcept { return text_; }

  /// Compares in time that depends on the lengths only, not on where the texts differ.
  [[nodiscard]] bool equals(std::string_view candidate) const noexcept {
    unsigned char difference = text_.size() == candidate.size() ? 0 : 1;
    for (std::size_t i = 0; i < candidate.size(); ++i) {
      const char own = text_.empty() ? '\0' : text_[i % text_.size()];
      difference = static_cast<unsigned char>(difference | (own ^ candidate[i]));
    }
    return difference == 0;
  }

  friend bool operator==(const secret& a, const secret& b) noexcept { return a.text_ == b.text_; }

 private:
  std::string text_;
};

}  // namespace gatehouse::config
