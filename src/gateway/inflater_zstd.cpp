#include "inflater_zstd.hpp"

#include <new>

namespace gatehouse::gateway {

namespace {

/// 32 MiB, far beyond what Discord uses: a peer cannot make every shard take more.
constexpr int largest_window_log = 25;

}  // namespace

zstd_inflater::zstd_inflater() : context_(ZSTD_createDCtx()) {
  if (!context_ || ZSTD_isError(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax,
                                                       largest_window_log)) != 0) {
    throw std::bad_alloc{};
  }
}

inflate_result zstd_inflater::decompress(std::string_view message, payload_buffer& out) {
  if (lost_) return {inflate_status::corrupt, {}};
  out.clear();
  const inflate_status status =
      message.size() > largest_payload ? inflate_status::too_large : inflate_all(message, out);
  lost_ = status != inflate_status::payload;
  if (lost_) return {status, {}};
  if (out.size() == 0) return {inflate_status::need_more, {}};
  return {status, out.view()};
}

inflate_status zstd_inflater::inflate_all(std::string_view input, payload_buffer& out) {
  ZSTD_inBuffer in{input.data(), input.size(), 0};
  for (;;) {
    const std::span<char> room = out.room();
    if (room.empty()) return inflate_status::too_large;
    ZSTD_outBuffer written{room.data(), room.size(), 0};
    const std::size_t consumed_before = in.pos;
    const std::size_t result = ZSTD_decompressStream(context_.get(), &written, &in);
    if (ZSTD_isError(result) != 0) return inflate_status::corrupt;
    out.commit(written.pos);
    if (written.pos == room.size()) continue;
    if (in.pos == in.size) return inflate_status::payload;
    if (in.pos == consumed_before && written.pos == 0) return inflate_status::corrupt;
  }
}

}  // namespace gatehouse::gateway
