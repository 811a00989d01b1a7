#include <gatehouse/gateway/raw_json.hpp>

#include <algorithm>
#include <bit>
#include <new>

namespace gatehouse::gateway {

namespace {

constexpr std::size_t smallest_capacity = std::size_t{16} << 10;

}  // namespace

bool padded_parser::begin(std::string_view text) {
  begin_later(text);
  return make_index();
}

void padded_parser::begin_later(std::string_view text) noexcept {
  text_ = text;
  document_ = {};
}

simdjson::ondemand::document& padded_parser::document() {
  // Whoever met an error in it has left it dead: it cannot be rewound.
  if (!document_.is_alive() && !make_index()) throw std::bad_alloc{};
  document_.rewind();
  return document_;
}

bool padded_parser::make_index() {
  const std::size_t size = text_.size();
  if (parser_.capacity() > kept_capacity_ && size <= kept_capacity_) {
    parser_ = simdjson::ondemand::parser{};
  }
  if (parser_.capacity() < size) {
    // In steps, but not beyond what is needed for one large payload.
    const std::size_t grown =
        size > kept_capacity_ ? size : std::max(std::bit_ceil(size), smallest_capacity);
    if (parser_.allocate(grown)) return false;
  }
  return !parser_.iterate(text_, size + parse_padding).get(document_);
}

}  // namespace gatehouse::gateway
