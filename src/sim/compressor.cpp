#include "compressor.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace gatehouse::sim {
namespace {

class zlib_compressor final : public compressor {
 public:
  explicit zlib_compressor(int level) {
    if (deflateInit(&stream_, std::clamp(level, 1, 9)) != Z_OK) {
      throw std::runtime_error("zlib: deflateInit failed");
    }
  }
  ~zlib_compressor() override { deflateEnd(&stream_); }

  void append(std::string_view message, std::string& out) override {
    if (message.size() > std::numeric_limits<uInt>::max()) {
      throw std::runtime_error("zlib: message too long");
    }
    // zlib's interface is not const-correct; the input is only read.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(message.data()));
    stream_.avail_in = static_cast<uInt>(message.size());
    do {
      const std::size_t used = out.size();
      const uLong room = std::max<uLong>(deflateBound(&stream_, stream_.avail_in) + 16, 64);
      out.resize(used + room);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + used);
      stream_.avail_out = static_cast<uInt>(room);
      deflate(&stream_, Z_SYNC_FLUSH);
      out.resize(used + room - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
};

class zstd_compressor final : public compressor {
 public:
  explicit zstd_compressor(int level) : context_(ZSTD_createCCtx()) {
    if (!context_) throw std::runtime_error("zstd: no memory");
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_windowLog, 18);  // as Discord's frames say
  }

  void append(std::string_view message, std::string& out) override {
    ZSTD_inBuffer input{message.data(), message.size(), 0};
    std::size_t left = 0;
    do {
      const std::size_t used = out.size();
      out.resize(used + ZSTD_compressBound(message.size() - input.pos) + 32);
      ZSTD_outBuffer output{out.data() + used, out.size() - used, 0};
      left = ZSTD_compressStream2(context_.get(), &output, &input, ZSTD_e_flush);
      out.resize(used + output.pos);
      if (ZSTD_isError(left) != 0) throw std::runtime_error("zstd: compression failed");
    } while (left != 0);
  }

 private:
  struct free_context {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, free_context> context_;
};

}  // namespace

std::unique_ptr<compressor> make_compressor(compression kind, int level) {
  switch (kind) {
    case compression::zlib_stream:
      return std::make_unique<zlib_compressor>(level);
    case compression::zstd_stream:
      return std::make_unique<zstd_compressor>(level);
    case compression::none:
      break;
  }
  return nullptr;
}

}  // namespace gatehouse::sim
