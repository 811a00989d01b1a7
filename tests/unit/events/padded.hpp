#pragma once

#include <gatehouse/gateway/envelope.hpp>

#include <string>
#include <string_view>

namespace gatehouse::events {

/// A text followed by the bytes that the parser may read.
class padded {
 public:
  explicit padded(std::string_view text) : bytes_(text), size_(text.size()) {
    bytes_.append(gateway::parse_padding, '#');
  }
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::string bytes_;
  std::size_t size_;
};

}  // namespace gatehouse::events
