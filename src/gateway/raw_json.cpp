#include <gatehouse/gateway/raw_json.hpp>

#include <algorithm>
#include <bit>

namespace gatehouse::gateway {

namespace {

constexpr std::size_t smallest_capacity = std::size_t{16} << 10;

}  // namespace

bool padded_parser::begin(std::string_view text) {
  const std::size_t size = text.size();
  document_ = {};
  if (parser_.capacity() > kept_capacity_ && size <= kept_capacity_) {
    parser_ = simdjson::ondemand::parser{};
  }
  if (parser_.capacity() < size) {
    // In steps, but not beyond what is needed for one large payload.
    const std::size_t grown =
        size > kept_capacity_ ? size : std::max(std::bit_ceil(size), smallest_capacity);
    if (parser_.allocate(grown)) return false;
  }
  return !parser_.iterate(text, size + parse_padding).get(document_);
}

}  // namespace gatehouse::gateway
