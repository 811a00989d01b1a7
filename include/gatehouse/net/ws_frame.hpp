#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// WebSocket framing (RFC 6455 section 5) without I/O, for both ends of a connection.
///
/// The daemon reads many small frames per system call and hands whole messages on without copying
/// them; that is why framing is here and not left to a stream that returns one message at a time.
namespace gatehouse::net {

enum class ws_opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA,
};

enum class ws_role { client, server };

enum class ws_error {
  none,
  reserved_bits,  ///< an RSV bit is set, but no extension was agreed on
  unknown_opcode,
  bad_control_frame,  ///< fragmented, or longer than 125 bytes
  bad_mask,           ///< a masked frame from a server, or an unmasked one from a client
  bad_fragment,       ///< continuation without a start, or a new message inside another
  bad_length,         ///< not the shortest form, or the top bit set
  too_large,          ///< a message longer than the limit
  bad_close,          ///< a close body of one byte, or a code that must not be sent
};

std::string_view to_string(ws_error error) noexcept;

/// Readable bytes that follow every message: the parser behind reads in wide steps.
inline constexpr std::size_t ws_message_padding = 64;

/// A whole message or one control frame.
struct ws_message {
  ws_opcode opcode = ws_opcode::text;
  /// Points into the fed bytes or into the decoder: valid until the next call of `next`.
  std::string_view payload;
};

/// Turns received bytes into messages. Not thread-safe; one per connection.
///
/// Feed a chunk, then call `next` until it returns nothing: the chunk is consumed then, and what
/// was incomplete is kept inside. Masked payloads are unmasked in place.
class ws_decoder {
 public:
  ws_decoder(ws_role own_role, std::size_t max_message_bytes);

  /// The bytes must stay valid and unchanged by others until `next` has returned nothing, and be
  /// followed by `ws_message_padding` readable ones.
  void feed(std::span<char> bytes) noexcept;
  std::optional<ws_message> next();
  /// Set once by a violation; the connection must then be closed, `next` returns nothing any more.
  [[nodiscard]] ws_error error() const noexcept { return error_; }

 private:
  struct frame {
    ws_opcode opcode{};
    bool final = true;
    bool masked = false;
    std::array<char, 4> mask{};
    std::uint64_t length = 0;
    std::size_t header_bytes = 0;
  };

  enum class header_state { complete, incomplete, invalid };
  header_state parse_header(std::string_view bytes, frame& out);
  bool check(const frame& header);
  std::optional<ws_message> accept(const frame& header, std::span<char> payload);
  std::optional<ws_message> accept_data(const frame& header, std::string_view payload);
  bool fail(ws_error error) noexcept;
  void begin_call();
  void reserve_pending(std::size_t frame_bytes);
  bool fill_pending();

  ws_role role_;
  std::size_t max_message_bytes_;
  ws_error error_ = ws_error::none;
  std::span<char> input_;
  std::vector<char> pending_;    ///< an incomplete frame, header included
  std::vector<char> assembled_;  ///< fragments of an unfinished message
  ws_opcode assembled_opcode_ = ws_opcode::text;
  bool in_message_ = false;
  bool pending_delivered_ = false;
  bool assembled_delivered_ = false;
};

/// A frame header in wire form; `size` bytes of `bytes` count.
struct ws_header_bytes {
  std::array<char, 14> bytes;
  std::size_t size;
  [[nodiscard]] std::string_view view() const noexcept { return {bytes.data(), size}; }
};

/// The header of an unfragmented frame. `mask` is for clients, which must mask.
ws_header_bytes encode_ws_header(ws_opcode opcode, std::uint64_t payload_bytes,
                                 std::optional<std::array<char, 4>> mask) noexcept;

/// Appends a whole frame to `out`; with a mask the appended payload is masked.
void append_ws_frame(std::string& out, ws_opcode opcode, std::string_view payload,
                     std::optional<std::array<char, 4>> mask);

/// The body of a close frame: code and reason (cut at 123 bytes).
std::string encode_ws_close(std::uint16_t code, std::string_view reason);

/// The code in a close body; nothing for an empty one.
std::optional<std::uint16_t> ws_close_code(std::string_view body) noexcept;

}  // namespace gatehouse::net
