#pragma once

#include <gatehouse/net/ws_frame.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

/// Frames and decoding for the framing tests.
namespace gatehouse::net {

inline std::string bytes_of(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes += static_cast<char>(value);
  return bytes;
}

constexpr std::array<char, 4> test_mask{0x37, static_cast<char>(0xFA), 0x21, 0x3D};

/// A frame with any first byte. Servers expect it masked.
inline std::string raw_frame(int first_byte, std::string_view payload, ws_role receiver) {
  std::string frame;
  append_ws_frame(frame, ws_opcode::text, payload,
                  receiver == ws_role::server ? std::optional{test_mask} : std::nullopt);
  frame[0] = static_cast<char>(first_byte);
  return frame;
}

using messages = std::vector<std::pair<ws_opcode, std::string>>;

/// Feeds one chunk from memory of its exact size plus padding, and reads the padding behind every
/// message: a sanitizer would see an access beyond.
inline void decode_chunk(ws_decoder& decoder, std::string_view chunk, messages& out,
                         unsigned& padding_sum) {
  std::vector<char> memory(chunk.begin(), chunk.end());
  memory.resize(chunk.size() + ws_message_padding);
  decoder.feed({memory.data(), chunk.size()});
  while (const auto message = decoder.next()) {
    const char* const end = message->payload.data() + message->payload.size();
    for (std::size_t i = 0; i < ws_message_padding; ++i) {
      padding_sum += static_cast<unsigned char>(end[i]);
    }
    out.emplace_back(message->opcode, message->payload);
  }
}

struct decoded {
  messages received;
  ws_error error = ws_error::none;
  unsigned padding_sum = 0;  ///< only so that reading the padding is not optimized away
};

constexpr std::size_t test_message_limit = 1UL << 20;

/// Decodes chunks of the given size; 0 = all at once.
inline decoded decode(ws_role role, std::string_view wire, std::size_t chunk_bytes = 0,
                      std::size_t limit = test_message_limit) {
  ws_decoder decoder{role, limit};
  decoded result;
  const std::size_t step = chunk_bytes == 0 ? std::max<std::size_t>(wire.size(), 1) : chunk_bytes;
  for (std::size_t at = 0; at < wire.size(); at += step) {
    decode_chunk(decoder, wire.substr(at, step), result.received, result.padding_sum);
  }
  result.error = decoder.error();
  return result;
}

}  // namespace gatehouse::net
