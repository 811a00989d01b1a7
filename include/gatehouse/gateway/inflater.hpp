#pragma once

#include <gatehouse/gateway/envelope.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

/// Transport compression (discord-api-docs: gateway, Transport Compression). Server to client only.
namespace gatehouse::gateway {

/// The largest payload accepted, compressed or not.
inline constexpr std::size_t largest_payload = std::size_t{64} << 20;

enum class transport_compression { none, zlib_stream, zstd_stream };

/// Where payloads are decompressed to. One per worker, shared by its shards: a payload is dealt
/// with before the next one is decompressed. Always has `parse_padding` readable bytes behind its
/// content.
class payload_buffer {
 public:
  payload_buffer();

  /// Forgets the content, and gives memory back after an unusually large payload.
  void clear();
  /// Free room behind the content, grown if there is none; empty once the content has reached
  /// `largest_payload`.
  [[nodiscard]] std::span<char> room();
  /// `size` bytes of the room have been written.
  void commit(std::size_t size) noexcept { size_ += size; }
  void append(std::string_view text);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.get(), size_}; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  void reallocate(std::size_t capacity);

  std::unique_ptr<char[]> bytes_;  // NOLINT(*-avoid-c-arrays): not initialised, unlike a vector
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

enum class inflate_status {
  payload,    ///< one payload is complete
  need_more,  ///< the payload goes on in the next message
  corrupt,    ///< the stream is lost: close, reconnect, resume
  too_large,  ///< more than `largest_payload`; the stream is lost as well
};

struct inflate_result {
  inflate_status status;
  /// Points into the buffer, valid until that is used again; followed by `parse_padding` readable
  /// bytes.
  std::string_view payload;
};

/// The decompression context of one connection: a new connection needs a new one. After `corrupt`
/// or `too_large` every further message gives `corrupt`. Not thread-safe.
class inflater {
 public:
  inflater() = default;
  virtual ~inflater() = default;
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;

  /// Takes one binary WebSocket message. A text message is plain JSON and is not for an inflater.
  virtual inflate_result decompress(std::string_view message, payload_buffer& out) = 0;
};

/// Throws std::bad_alloc.
[[nodiscard]] std::unique_ptr<inflater> make_inflater(transport_compression compression);

}  // namespace gatehouse::gateway
