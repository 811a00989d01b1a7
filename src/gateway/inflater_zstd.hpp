#pragma once

#include <gatehouse/gateway/inflater.hpp>

#include <zstd.h>

#include <memory>

namespace gatehouse::gateway {

/// `zstd-stream`: one frame that never ends over all messages; each message holds one payload. The
/// context takes its memory on the first message, by the window that the frame asks for (256 KiB
/// as Discord compresses).
class zstd_inflater final : public inflater {
 public:
  zstd_inflater();

  inflate_result decompress(std::string_view message, payload_buffer& out) override;

 private:
  struct free_context {
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
  };

  inflate_status inflate_all(std::string_view input, payload_buffer& out);

  std::unique_ptr<ZSTD_DCtx, free_context> context_;
  bool lost_ = false;
};

}  // namespace gatehouse::gateway
