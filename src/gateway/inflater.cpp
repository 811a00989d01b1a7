#include "inflater_zlib.hpp"
#include "inflater_zstd.hpp"

#include <gatehouse/gateway/inflater.hpp>

#include <algorithm>
#include <cstring>

namespace gatehouse::gateway {

namespace {

constexpr std::size_t initial_capacity = std::size_t{64} << 10;
constexpr std::size_t kept_capacity = std::size_t{1} << 20;

/// Without compression a binary message is the payload.
class plain_inflater final : public inflater {
 public:
  inflate_result decompress(std::string_view message, payload_buffer& out) override {
    if (message.size() > largest_payload) return {inflate_status::too_large, {}};
    out.clear();
    out.append(message);
    return {inflate_status::payload, out.view()};
  }
};

}  // namespace

payload_buffer::payload_buffer() {
  reallocate(initial_capacity);
}

void payload_buffer::clear() {
  size_ = 0;
  if (capacity_ > kept_capacity) reallocate(initial_capacity);
}

std::span<char> payload_buffer::room() {
  if (size_ == capacity_ && capacity_ < largest_payload) {
    reallocate(std::min(capacity_ * 2, largest_payload));
  }
  return {bytes_.get() + size_, capacity_ - size_};
}

void payload_buffer::append(std::string_view text) {
  if (capacity_ - size_ < text.size()) reallocate(size_ + text.size());
  if (!text.empty()) std::memcpy(bytes_.get() + size_, text.data(), text.size());
  size_ += text.size();
}

void payload_buffer::reallocate(std::size_t capacity) {
  auto grown = std::make_unique_for_overwrite<char[]>(capacity + parse_padding);  // NOLINT
  if (size_ > 0) std::memcpy(grown.get(), bytes_.get(), size_);
  std::memset(grown.get() + capacity, 0, parse_padding);
  bytes_ = std::move(grown);
  capacity_ = capacity;
}

std::unique_ptr<inflater> make_inflater(transport_compression compression) {
  switch (compression) {
    case transport_compression::zlib_stream:
      return std::make_unique<zlib_inflater>();
    case transport_compression::zstd_stream:
      return std::make_unique<zstd_inflater>();
    case transport_compression::none:
      break;
  }
  return std::make_unique<plain_inflater>();
}

}  // namespace gatehouse::gateway
