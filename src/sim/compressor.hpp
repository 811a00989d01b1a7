#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::sim {

enum class compression { none, zlib_stream, zstd_stream };

/// Transport compression of one connection: one context from the first message to the last, each
/// message flushed to a boundary (discord-api-docs: gateway, Transport Compression).
class compressor {
 public:
  compressor() = default;
  virtual ~compressor() = default;
  compressor(const compressor&) = delete;
  compressor& operator=(const compressor&) = delete;

  /// Appends the compressed message to `out`.
  virtual void append(std::string_view message, std::string& out) = 0;
};

/// Null for compression::none. Throws std::runtime_error when the library refuses.
std::unique_ptr<compressor> make_compressor(compression kind, int level);

}  // namespace gatehouse::sim
