#include "compressor.hpp"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <vector>

namespace gatehouse::sim {
namespace {

std::vector<std::string> messages() {
  std::vector<std::string> result{"{}", R"({"op":10})", std::string(100'000, 'x')};
  std::string noisy;
  for (unsigned index = 0; index < 50'000; ++index) {
    noisy += static_cast<char>((index * 2654435761U) >> 24U);
  }
  result.push_back(noisy);
  result.emplace_back("the last one");
  return result;
}

TEST(compressor, zlib_messages_end_with_the_flush_marker_and_expand_one_by_one) {
  const auto compress = make_compressor(compression::zlib_stream, 1);
  z_stream stream{};
  ASSERT_EQ(inflateInit(&stream), Z_OK);
  for (const auto& message : messages()) {
    std::string packed;
    compress->append(message, packed);
    EXPECT_TRUE(packed.ends_with(std::string_view("\0\0\xFF\xFF", 4)));
    std::string out(200'000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ASSERT_EQ(inflate(&stream, Z_SYNC_FLUSH), Z_OK);
    out.resize(out.size() - stream.avail_out);
    EXPECT_EQ(out, message);
  }
  inflateEnd(&stream);
}

TEST(compressor, zstd_messages_expand_one_by_one_within_one_frame) {
  const auto compress = make_compressor(compression::zstd_stream, 1);
  ZSTD_DCtx* const context = ZSTD_createDCtx();
  bool first = true;
  for (const auto& message : messages()) {
    std::string packed;
    compress->append(message, packed);
    EXPECT_EQ(packed.starts_with("\x28\xB5\x2F\xFD"), first);  // one header, at the start
    first = false;
    std::string out(200'000, '\0');
    ZSTD_inBuffer input{packed.data(), packed.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const auto left = ZSTD_decompressStream(context, &output, &input);
    ASSERT_FALSE(ZSTD_isError(left));
    EXPECT_NE(left, 0U);  // the frame is never finished
    EXPECT_EQ(input.pos, input.size);
    out.resize(output.pos);
    EXPECT_EQ(out, message);
  }
  ZSTD_freeDCtx(context);
}

TEST(compressor, is_absent_without_compression) {
  EXPECT_EQ(make_compressor(compression::none, 1), nullptr);
}

}  // namespace
}  // namespace gatehouse::sim
