#include "inflater_zlib.hpp"

#include <new>

namespace gatehouse::gateway {

namespace {

constexpr std::string_view sync_flush{"\x00\x00\xff\xff", 4};

}  // namespace

zlib_inflater::zlib_inflater() {
  if (inflateInit(&stream_) != Z_OK) throw std::bad_alloc{};
}

zlib_inflater::~zlib_inflater() {
  inflateEnd(&stream_);
}

inflate_result zlib_inflater::decompress(std::string_view message, payload_buffer& out) {
  if (lost_) return {inflate_status::corrupt, {}};
  if (pending_.size() + message.size() > largest_payload) {
    lost_ = true;
    pending_ = {};
    return {inflate_status::too_large, {}};
  }
  // The mark itself may be split over two messages.
  const bool whole = pending_.empty();
  if (!whole) pending_ += message;
  const std::string_view input = whole ? message : std::string_view(pending_);
  if (!input.ends_with(sync_flush)) {
    if (whole) pending_ = message;
    return {inflate_status::need_more, {}};
  }
  out.clear();
  const inflate_status status = inflate_all(input, out);
  pending_ = {};
  lost_ = status != inflate_status::payload;
  if (lost_) return {status, {}};
  if (out.size() == 0) return {inflate_status::need_more, {}};  // a flush and nothing else
  return {status, out.view()};
}

inflate_status zlib_inflater::inflate_all(std::string_view input, payload_buffer& out) {
  // zlib takes the input without const and does not write to it.
  // NOLINTNEXTLINE(*-const-cast,*-reinterpret-cast)
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  stream_.avail_in = static_cast<uInt>(input.size());
  for (;;) {
    const std::span<char> room = out.room();
    if (room.empty()) return inflate_status::too_large;
    stream_.next_out = reinterpret_cast<Bytef*>(room.data());  // NOLINT(*-reinterpret-cast)
    stream_.avail_out = static_cast<uInt>(room.size());
    const int result = inflate(&stream_, Z_SYNC_FLUSH);
    out.commit(room.size() - stream_.avail_out);
    // Z_BUF_ERROR: nothing left to do, which is how a payload that just filled the room ends.
    if (result != Z_OK && result != Z_BUF_ERROR) return inflate_status::corrupt;
    if (stream_.avail_out > 0) {
      return stream_.avail_in == 0 ? inflate_status::payload : inflate_status::corrupt;
    }
  }
}

}  // namespace gatehouse::gateway
