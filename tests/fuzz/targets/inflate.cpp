#include <gatehouse/gateway/inflater.hpp>

#include <climits>
#include <zlib.h>
#include <zstd.h>

#include <fuzz_input.hpp>
#include <memory>
#include <vector>

// The first byte: the compression, and whether the rest is a stream (hostile) or what is to be
// compressed. Pieces of a stream are a length byte each.

namespace gatehouse::gateway {
namespace {

using fuzz::require;

inflate_result take(inflater& tested, std::string_view message, payload_buffer& buffer) {
  const std::unique_ptr<char[]> exact{new char[message.size()]};  // NOLINT(*-avoid-c-arrays)
  std::copy(message.begin(), message.end(), exact.get());
  return tested.decompress({exact.get(), message.size()}, buffer);
}

unsigned read_all(std::string_view text) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < text.size() + parse_padding; ++i) {
    sum += static_cast<unsigned char>(text.data()[i]);  // the padding too
  }
  return sum;
}

void feed_hostile(transport_compression compression, fuzz::input& in) {
  const auto tested = make_inflater(compression);
  payload_buffer buffer;
  bool is_lost = false;
  for (int i = 0; i < 64 && !in.empty(); ++i) {
    const auto length = std::size_t{in.byte()} * 4 + 1;
    const auto got = take(*tested, in.text(length), buffer);
    require(!is_lost || got.status == inflate_status::corrupt, "what is lost stays lost");
    if (got.status == inflate_status::payload) {
      require(got.payload.size() <= largest_payload, "no payload beyond the limit");
      require(read_all(got.payload) < UINT_MAX, "the padding can be read");
    } else if (got.status != inflate_status::need_more) {
      is_lost = true;
    }
    require(buffer.capacity() <= largest_payload + parse_padding + (1U << 20), "memory is bounded");
  }
}

std::string deflate_messages(std::string_view text, z_stream& stream) {
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  require(deflate(&stream, Z_SYNC_FLUSH) == Z_OK && stream.avail_in == 0, "zlib compresses");
  out.resize(out.size() - stream.avail_out);
  return out;
}

std::string zstd_messages(std::string_view text, ZSTD_CCtx* context) {
  std::string out(ZSTD_compressBound(text.size()) + 64, '\0');
  ZSTD_inBuffer from{text.data(), text.size(), 0};
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  require(ZSTD_compressStream2(context, &to, &from, ZSTD_e_flush) == 0, "zstd compresses");
  out.resize(to.pos);
  return out;
}

/// What is compressed comes back, a zlib payload in two messages too.
template <class Compress>
void round_trip(transport_compression compression, fuzz::input& in, Compress&& compress) {
  constexpr std::string_view mark{"\0\0\xff\xff", 4};
  const bool may_be_cut = compression == transport_compression::zlib_stream;
  const auto tested = make_inflater(compression);
  payload_buffer buffer;
  for (int i = 0; i < 16 && !in.empty(); ++i) {
    const auto cut = in.byte();
    const auto text = in.text(std::size_t{in.byte()} * 8 + 1);
    if (text.empty()) return;
    const std::string message = compress(text);
    const std::string_view whole{message};
    const auto first = whole.substr(0, may_be_cut ? cut : whole.size());
    const bool is_cut = first.size() < whole.size() && !first.ends_with(mark);
    auto got = take(*tested, is_cut ? first : whole, buffer);
    if (is_cut) {
      require(got.status == inflate_status::need_more, "half of it is no payload");
      got = take(*tested, whole.substr(first.size()), buffer);
    }
    require(got.status == inflate_status::payload, "a payload is complete");
    require(got.payload == text, "it is what was sent");
  }
}

void round_trip_zlib(fuzz::input& in) {
  z_stream stream{};
  require(deflateInit(&stream, Z_DEFAULT_COMPRESSION) == Z_OK, "zlib begins");
  const std::unique_ptr<z_stream, decltype(&deflateEnd)> held{&stream, &deflateEnd};
  round_trip(transport_compression::zlib_stream, in,
             [&](std::string_view text) { return deflate_messages(text, stream); });
}

void round_trip_zstd(fuzz::input& in) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context{ZSTD_createCCtx(),
                                                                     &ZSTD_freeCCtx};
  round_trip(transport_compression::zstd_stream, in,
             [&](std::string_view text) { return zstd_messages(text, context.get()); });
}

}  // namespace
}  // namespace gatehouse::gateway

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::gateway;
  gatehouse::fuzz::input in{data, size};
  switch (in.below(5)) {
    case 0:
      feed_hostile(transport_compression::zlib_stream, in);
      break;
    case 1:
      feed_hostile(transport_compression::zstd_stream, in);
      break;
    case 2:
      feed_hostile(transport_compression::none, in);
      break;
    case 3:
      round_trip_zlib(in);
      break;
    default:
      round_trip_zstd(in);
  }
  return 0;
}
