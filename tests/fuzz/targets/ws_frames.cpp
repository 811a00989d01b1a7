#include <gatehouse/net/ws_frame.hpp>

#include <fuzz_input.hpp>
#include <utility>
#include <vector>

// The first byte: our role and how the bytes arrive. However they do, the same messages come out;
// and what comes out is what RFC 6455 reads in them, by a decoder of the simplest kind.

namespace gatehouse::net {
namespace {

using fuzz::require;
constexpr std::size_t limit = 4'096;

struct outcome {
  std::vector<std::pair<ws_opcode, std::string>> messages;
  ws_error error = ws_error::none;
  bool operator==(const outcome&) const = default;
};

outcome decode(std::string_view bytes, ws_role role, std::size_t piece_bytes) {
  ws_decoder decoder{role, limit};
  outcome got;
  while (!bytes.empty() && decoder.error() == ws_error::none) {
    const auto piece = bytes.substr(0, piece_bytes);
    bytes.remove_prefix(piece.size());
    std::vector<char> chunk(piece.begin(), piece.end());
    chunk.resize(piece.size() + ws_message_padding, '#');
    decoder.feed({chunk.data(), piece.size()});
    while (const auto message = decoder.next()) {
      got.messages.emplace_back(message->opcode, message->payload);
    }
  }
  got.error = decoder.error();
  return got;
}

/// RFC 6455 section 5.2, as its text has it. `whole` tells whether it ended between two frames.
class reference {
 public:
  explicit reference(std::string_view bytes) : rest_(bytes) {}

  outcome run(ws_role role) {
    while (got_.error == ws_error::none && frame(role)) {
    }
    return got_;
  }

 private:
  bool frame(ws_role role) {
    std::size_t at = 0;
    const auto byte = [&] { return static_cast<unsigned char>(rest_[at++]); };
    if (rest_.size() < 2) return false;
    const unsigned first = byte();
    const unsigned second = byte();
    std::uint64_t length = second & 0x7FU;
    const std::size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
    const bool masked = (second & 0x80U) != 0;
    if (rest_.size() < 2 + extended + (masked ? 4 : 0)) return false;
    if (extended > 0) length = 0;
    for (std::size_t i = 0; i < extended; ++i) length = length << 8U | byte();
    const std::size_t mask_at = at;
    if (masked) at += 4;
    if (length > rest_.size() - at) return false;
    std::string payload{rest_.substr(at, length)};
    for (std::size_t i = 0; masked && i < payload.size(); ++i) {
      payload[i] = static_cast<char>(payload[i] ^ rest_[mask_at + i % 4]);
    }
    rest_.remove_prefix(at + length);
    // What is no frame is for the decoder to refuse; here it only ends the comparison.
    const unsigned code = first & 0x0FU;
    if ((first & 0x70U) != 0 || masked != (role == ws_role::server)) return false;
    accept(static_cast<ws_opcode>(code), (first & 0x80U) != 0, std::move(payload));
    return true;
  }

  void accept(ws_opcode code, bool final, std::string payload) {
    if (static_cast<unsigned>(code) >= 8) {
      got_.messages.emplace_back(code, std::move(payload));
      return;
    }
    if (code != ws_opcode::continuation) {
      begun_ = code;
      message_.clear();
    }
    message_ += payload;
    if (final) got_.messages.emplace_back(begun_, std::exchange(message_, {}));
  }

  std::string_view rest_;
  ws_opcode begun_{};
  std::string message_;
  outcome got_;
};

}  // namespace
}  // namespace gatehouse::net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::net;
  gatehouse::fuzz::input in{data, size};
  const unsigned how = in.byte();
  const auto role = (how & 1U) != 0 ? ws_role::server : ws_role::client;
  const auto bytes = in.rest();
  const outcome whole = decode(bytes, role, bytes.size());
  gatehouse::fuzz::require(whole == decode(bytes, role, 1), "byte by byte is as in one piece");
  gatehouse::fuzz::require(whole == decode(bytes, role, 1 + how / 2), "pieces are as one piece");
  const outcome expected = reference{bytes}.run(role);
  gatehouse::fuzz::require(
      whole.messages.size() <= expected.messages.size() || whole.error == ws_error::none,
      "no message is invented");
  for (std::size_t i = 0; i < whole.messages.size(); ++i) {
    gatehouse::fuzz::require(i < expected.messages.size(), "no message is invented");
    gatehouse::fuzz::require(whole.messages[i] == expected.messages[i], "the reference agrees");
  }
  if (whole.error == ws_error::none) {
    gatehouse::fuzz::require(whole.messages.size() == expected.messages.size(), "none is lost");
  }
  std::string again;
  const auto payload = bytes.substr(0, limit);
  append_ws_frame(
      again, ws_opcode::binary, payload,
      role == ws_role::server ? std::optional{std::array<char, 4>{1, 2, 3, 4}} : std::nullopt);
  const outcome back = decode(again, role, 1 + how);
  gatehouse::fuzz::require(back.messages.size() == 1 && back.messages.front().second == payload,
                           "what is encoded is decoded");
  return 0;
}
