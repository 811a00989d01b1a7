#include <gatehouse/net/ws_frame.hpp>

#include <algorithm>
#include <cstring>

namespace gatehouse::net {
namespace {

constexpr std::size_t max_control_bytes = 125;
constexpr std::size_t kept_buffer_bytes = 64UL << 10;
/// So much is reserved on the word of a header alone: memory that is not written to costs nothing.
constexpr std::size_t believed_bytes = 1UL << 20;

bool is_control(ws_opcode opcode) {
  return (static_cast<unsigned>(opcode) & 0x8U) != 0;
}

bool is_known(std::uint8_t opcode) {
  return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA);
}

std::uint64_t read_big_endian(const char* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

void apply_mask(std::span<char> bytes, const std::array<char, 4>& mask) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(bytes[i] ^ mask[i % mask.size()]);
  }
}

/// RFC 6455 section 7.4: these never travel in a close frame.
bool may_be_sent(std::uint16_t code) {
  return code >= 1000 && code < 5000 && code != 1004 && code != 1005 && code != 1006 &&
         !(code >= 1015 && code < 3000);
}

/// Gives the memory of an unusually large message back.
void reset(std::vector<char>& buffer) {
  if (buffer.capacity() > kept_buffer_bytes) {
    std::vector<char>{}.swap(buffer);
  } else {
    buffer.clear();
  }
}

}  // namespace

std::string_view to_string(ws_error error) noexcept {
  switch (error) {
    case ws_error::none:
      return "no error";
    case ws_error::reserved_bits:
      return "reserved bits set";
    case ws_error::unknown_opcode:
      return "unknown opcode";
    case ws_error::bad_control_frame:
      return "fragmented or oversized control frame";
    case ws_error::bad_mask:
      return "masking does not fit the sender";
    case ws_error::bad_fragment:
      return "fragment out of place";
    case ws_error::bad_length:
      return "badly encoded length";
    case ws_error::too_large:
      return "message too large";
    case ws_error::bad_close:
      return "malformed close frame";
  }
  return "unknown error";
}

ws_decoder::ws_decoder(ws_role own_role, std::size_t max_message_bytes)
    : role_(own_role), max_message_bytes_(max_message_bytes) {}

void ws_decoder::feed(std::span<char> bytes) noexcept {
  input_ = bytes;
}

bool ws_decoder::fail(ws_error error) noexcept {
  error_ = error;
  input_ = {};
  return false;
}

ws_decoder::header_state ws_decoder::parse_header(std::string_view bytes, frame& out) {
  if (bytes.size() < 2) return header_state::incomplete;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = static_cast<unsigned char>(bytes[1]);
  const auto short_length = static_cast<std::size_t>(second & 0x7FU);
  const std::size_t length_bytes = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
  out.masked = (second & 0x80U) != 0;
  out.header_bytes = 2 + length_bytes + (out.masked ? 4 : 0);
  if (bytes.size() < out.header_bytes) return header_state::incomplete;

  out.final = (first & 0x80U) != 0;
  out.opcode = static_cast<ws_opcode>(first & 0x0FU);
  out.length = length_bytes == 0 ? short_length : read_big_endian(bytes.data() + 2, length_bytes);
  if (out.masked) std::memcpy(out.mask.data(), bytes.data() + 2 + length_bytes, out.mask.size());

  if ((first & 0x70U) != 0) {
    fail(ws_error::reserved_bits);
  } else if (!is_known(first & 0x0FU)) {
    fail(ws_error::unknown_opcode);
  } else if ((length_bytes == 2 && out.length < 126) ||
             (length_bytes == 8 && (out.length < 65'536 || out.length >> 63 != 0))) {
    fail(ws_error::bad_length);
  } else {
    check(out);
  }
  return error_ == ws_error::none ? header_state::complete : header_state::invalid;
}

bool ws_decoder::check(const frame& header) {
  if (header.masked != (role_ == ws_role::server)) return fail(ws_error::bad_mask);
  if (is_control(header.opcode)) {
    if (!header.final || header.length > max_control_bytes) {
      return fail(ws_error::bad_control_frame);
    }
    return true;
  }
  if ((header.opcode == ws_opcode::continuation) != in_message_) {
    return fail(ws_error::bad_fragment);
  }
  if (header.length > max_message_bytes_ - assembled_.size()) return fail(ws_error::too_large);
  return true;
}

void ws_decoder::begin_call() {
  if (pending_delivered_) {
    reset(pending_);
    pending_delivered_ = false;
  }
  if (assembled_delivered_) {
    reset(assembled_);
    assembled_delivered_ = false;
  }
}

std::optional<ws_message> ws_decoder::next() {
  begin_call();
  while (error_ == ws_error::none) {
    if (!pending_.empty()) {
      if (!fill_pending()) return std::nullopt;
      frame header;
      parse_header({pending_.data(), pending_.size()}, header);
      pending_.resize(pending_.size() + ws_message_padding);
      pending_delivered_ = true;
      if (auto message =
              accept(header, std::span{pending_}.subspan(
                                 header.header_bytes, static_cast<std::size_t>(header.length)))) {
        return message;
      }
      begin_call();
      continue;
    }

    frame header;
    const auto state = parse_header({input_.data(), input_.size()}, header);
    if (state == header_state::invalid) return std::nullopt;
    if (state == header_state::incomplete || input_.size() - header.header_bytes < header.length) {
      if (state == header_state::complete) {
        reserve_pending(header.header_bytes + static_cast<std::size_t>(header.length));
      }
      pending_.assign(input_.begin(), input_.end());
      input_ = {};
      return std::nullopt;
    }
    const auto payload =
        input_.subspan(header.header_bytes, static_cast<std::size_t>(header.length));
    input_ = input_.subspan(header.header_bytes + payload.size());
    if (auto message = accept(header, payload)) return message;
  }
  return std::nullopt;
}

/// One allocation where it can be; beyond what a header is believed it grows with what arrives.
void ws_decoder::reserve_pending(std::size_t frame_bytes) {
  const auto believed =
      std::max({believed_bytes, 4 * pending_.size(), pending_.size() + input_.size()});
  pending_.reserve(std::min(frame_bytes, believed) + ws_message_padding);
}

/// Completes the frame that began in an earlier chunk; false while bytes are missing.
bool ws_decoder::fill_pending() {
  const auto take = [this](std::size_t wanted) {
    const auto count = std::min(wanted - std::min(wanted, pending_.size()), input_.size());
    pending_.insert(pending_.end(), input_.begin(),
                    input_.begin() + static_cast<std::ptrdiff_t>(count));
    input_ = input_.subspan(count);
    return pending_.size() >= wanted;
  };
  if (!take(2)) return false;
  frame header;
  auto state = parse_header({pending_.data(), pending_.size()}, header);
  if (state == header_state::incomplete) {
    if (!take(header.header_bytes)) return false;
    state = parse_header({pending_.data(), pending_.size()}, header);
  }
  if (state == header_state::invalid) return false;
  const auto frame_bytes = header.header_bytes + static_cast<std::size_t>(header.length);
  reserve_pending(frame_bytes);
  return take(frame_bytes);
}

std::optional<ws_message> ws_decoder::accept(const frame& header, std::span<char> payload) {
  if (header.masked) apply_mask(payload, header.mask);
  const std::string_view bytes{payload.data(), payload.size()};
  if (!is_control(header.opcode)) return accept_data(header, bytes);
  if (header.opcode == ws_opcode::close && !bytes.empty()) {
    if (bytes.size() == 1 || !may_be_sent(ws_close_code(bytes).value_or(0))) {
      fail(ws_error::bad_close);
      return std::nullopt;
    }
  }
  return ws_message{header.opcode, bytes};
}

std::optional<ws_message> ws_decoder::accept_data(const frame& header, std::string_view payload) {
  if (!in_message_ && header.final) return ws_message{header.opcode, payload};
  if (!in_message_) assembled_opcode_ = header.opcode;
  in_message_ = !header.final;
  assembled_.insert(assembled_.end(), payload.begin(), payload.end());
  if (in_message_) return std::nullopt;
  assembled_delivered_ = true;
  const std::size_t bytes = assembled_.size();
  assembled_.resize(bytes + ws_message_padding);
  return ws_message{assembled_opcode_, {assembled_.data(), bytes}};
}

ws_header_bytes encode_ws_header(ws_opcode opcode, std::uint64_t payload_bytes,
                                 std::optional<std::array<char, 4>> mask) noexcept {
  ws_header_bytes out{};
  out.bytes[0] = static_cast<char>(0x80U | static_cast<unsigned>(opcode));
  const unsigned mask_bit = mask ? 0x80U : 0U;
  std::size_t length_bytes = 0;
  if (payload_bytes < 126) {
    out.bytes[1] = static_cast<char>(mask_bit | static_cast<unsigned>(payload_bytes));
  } else if (payload_bytes < 65'536) {
    out.bytes[1] = static_cast<char>(mask_bit | 126U);
    length_bytes = 2;
  } else {
    out.bytes[1] = static_cast<char>(mask_bit | 127U);
    length_bytes = 8;
  }
  for (std::size_t i = 0; i < length_bytes; ++i) {
    out.bytes[2 + i] = static_cast<char>(payload_bytes >> (8 * (length_bytes - 1 - i)) & 0xFFU);
  }
  out.size = 2 + length_bytes;
  if (mask) {
    std::memcpy(out.bytes.data() + out.size, mask->data(), mask->size());
    out.size += mask->size();
  }
  return out;
}

void append_ws_frame(std::string& out, ws_opcode opcode, std::string_view payload,
                     std::optional<std::array<char, 4>> mask) {
  out += encode_ws_header(opcode, payload.size(), mask).view();
  const std::size_t start = out.size();
  out += payload;
  if (mask) apply_mask(std::span{out}.subspan(start), *mask);
}

std::string encode_ws_close(std::uint16_t code, std::string_view reason) {
  std::string body;
  body += static_cast<char>(code >> 8);
  body += static_cast<char>(code & 0xFF);
  body += reason.substr(0, max_control_bytes - 2);
  return body;
}

std::optional<std::uint16_t> ws_close_code(std::string_view body) noexcept {
  if (body.size() < 2) return std::nullopt;
  return static_cast<std::uint16_t>(read_big_endian(body.data(), 2));
}

}  // namespace gatehouse::net
