#include <gatehouse/gateway/inflater.hpp>

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace gatehouse::gateway {
namespace {

using enum inflate_status;

/// What Discord's side does: one stream, flushed after every payload.
class compressor {
 public:
  virtual ~compressor() = default;
  virtual std::string compress(std::string_view payload) = 0;
};

class zlib_compressor : public compressor {
 public:
  zlib_compressor() { deflateInit(&stream_, 6); }
  ~zlib_compressor() override { deflateEnd(&stream_); }

  std::string compress(std::string_view payload) override {
    std::string out(payload.size() + payload.size() / 1000 + 4096, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(payload.data()));
    stream_.avail_in = static_cast<uInt>(payload.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    deflate(&stream_, Z_SYNC_FLUSH);
    out.resize(out.size() - stream_.avail_out);
    return out;
  }

 private:
  z_stream stream_{};
};

class zstd_compressor : public compressor {
 public:
  explicit zstd_compressor(int window_log = 18) {
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_windowLog, window_log);
  }

  std::string compress(std::string_view payload) override {
    std::string out(ZSTD_compressBound(payload.size()) + 4096, '\0');
    ZSTD_inBuffer in{payload.data(), payload.size(), 0};
    ZSTD_outBuffer written{out.data(), out.size(), 0};
    ZSTD_compressStream2(context_.get(), &written, &in, ZSTD_e_flush);
    out.resize(written.pos);
    return out;
  }

 private:
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context_{ZSTD_createCCtx(), &ZSTD_freeCCtx};
};

struct algorithm {
  transport_compression name;
  std::unique_ptr<compressor> (*make)();
};

template <class Compressor>
std::unique_ptr<compressor> make() {
  return std::make_unique<Compressor>();
}

/// Compressible, and different from call to call.
std::string payload_of(std::size_t size, unsigned seed = 1) {
  std::mt19937 engine{seed};
  std::string text;
  text.reserve(size + 40);
  while (text.size() < size) {
    text += R"({"id":")" + std::to_string(engine()) + R"(","name":"member"},)";
  }
  text.resize(size);
  return text;
}

class inflater_test : public testing::TestWithParam<algorithm> {
 public:
  inflate_result decompress(std::string_view message) { return in->decompress(message, buffer); }

  std::unique_ptr<compressor> out = GetParam().make();
  std::unique_ptr<inflater> in = make_inflater(GetParam().name);
  payload_buffer buffer;
};

TEST_P(inflater_test, restores_a_series_of_payloads) {
  const std::size_t sizes[] = {1,     2,      100,    5000, 65535,    65536,
                               65537, 131072, 300000, 17,   0x100000, 3};
  for (const std::size_t size : sizes) {
    const std::string payload = payload_of(size, static_cast<unsigned>(size));
    const auto got = decompress(out->compress(payload));
    ASSERT_EQ(got.status, inflate_status::payload) << size;
    ASSERT_EQ(got.payload, payload) << size;
  }
}

TEST_P(inflater_test, leaves_readable_bytes_behind_the_payload) {
  for (const std::size_t size : {10U, 65536U, 131072U, 2000000U}) {
    const auto got = decompress(out->compress(payload_of(size)));
    volatile char sum = 0;  // AddressSanitizer is the judge
    for (std::size_t i = 0; i < parse_padding; ++i) {
      sum = static_cast<char>(sum ^ *(got.payload.data() + got.payload.size() + i));
    }
    EXPECT_EQ(got.payload.size(), size);
  }
}

TEST_P(inflater_test, gives_memory_back_after_a_large_payload) {
  decompress(out->compress(payload_of(3 << 20)));
  EXPECT_GT(buffer.capacity(), std::size_t{3} << 20);
  decompress(out->compress(payload_of(10)));
  EXPECT_LE(buffer.capacity(), std::size_t{1} << 20);
}

TEST_P(inflater_test, shares_its_buffer_with_other_connections) {
  const auto other_out = GetParam().make();
  const auto other_in = make_inflater(GetParam().name);
  for (unsigned round = 0; round < 20; ++round) {
    const std::string mine = payload_of(1000 + round, round);
    const std::string other = payload_of(2000 + round, round + 100);
    EXPECT_EQ(decompress(out->compress(mine)).payload, mine);
    EXPECT_EQ(other_in->decompress(other_out->compress(other), buffer).payload, other);
  }
}

TEST_P(inflater_test, reports_garbage_and_stays_lost) {
  EXPECT_EQ(decompress(std::string_view("garbage \x00\x00\xff\xff", 12)).status, corrupt);
  EXPECT_EQ(decompress(out->compress("{}")).status, corrupt);
}

TEST_P(inflater_test, does_not_accept_a_message_of_an_older_stream) {
  out->compress(payload_of(1000));
  const auto got = decompress(out->compress(payload_of(1000)));
  EXPECT_TRUE(got.status == corrupt);
}

TEST_P(inflater_test, survives_any_changed_byte) {
  const std::string first = out->compress(payload_of(300));
  const std::string second = out->compress(payload_of(300, 2));
  std::mt19937 engine{7};
  for (std::size_t at = 0; at < second.size(); ++at) {
    const auto fresh = make_inflater(GetParam().name);
    ASSERT_EQ(fresh->decompress(first, buffer).status, inflate_status::payload);
    std::string changed = second;
    changed[at] = static_cast<char>(engine());
    const auto got = fresh->decompress(changed, buffer);
    EXPECT_LE(got.payload.size(), largest_payload);
  }
}

TEST_P(inflater_test, refuses_a_bomb) {
  const std::string zeros(largest_payload + 1, '0');
  EXPECT_EQ(decompress(out->compress(zeros)).status, too_large);
  EXPECT_LE(buffer.capacity(), largest_payload);
  EXPECT_EQ(decompress(out->compress("{}")).status, corrupt);
}

TEST_P(inflater_test, accepts_payloads_just_below_the_limit) {
  const std::string zeros(largest_payload - 1, '0');
  EXPECT_EQ(decompress(out->compress(zeros)).payload.size(), zeros.size());
}

TEST_P(inflater_test, waits_for_more_after_a_message_without_content) {
  decompress(out->compress("{}"));
  EXPECT_EQ(decompress("").status, need_more);
  EXPECT_EQ(decompress(out->compress("{\"op\":1}")).payload, "{\"op\":1}");
}

INSTANTIATE_TEST_SUITE_P(
    algorithms, inflater_test,
    testing::Values(algorithm{transport_compression::zlib_stream, &make<zlib_compressor>},
                    algorithm{transport_compression::zstd_stream, &make<zstd_compressor>}),
    [](const auto& each) {
      return each.param.name == transport_compression::zlib_stream ? "zlib" : "zstd";
    });

TEST(zlib_inflater, joins_messages_split_anywhere) {
  zlib_compressor out;
  const auto in = make_inflater(transport_compression::zlib_stream);
  payload_buffer buffer;
  const std::string payload = payload_of(400);
  for (std::size_t cut = 1;; ++cut) {
    const std::string message = out.compress(payload);
    if (cut >= message.size()) break;
    ASSERT_EQ(in->decompress(message.substr(0, cut), buffer).status, need_more) << cut;
    const auto got = in->decompress(message.substr(cut), buffer);
    ASSERT_EQ(got.status, inflate_status::payload) << cut;
    ASSERT_EQ(got.payload, payload) << cut;
  }
}

TEST(zlib_inflater, joins_messages_of_one_byte) {
  zlib_compressor out;
  const auto in = make_inflater(transport_compression::zlib_stream);
  payload_buffer buffer;
  const std::string message = out.compress("{\"op\":11}");
  for (std::size_t at = 0; at + 1 < message.size(); ++at) {
    EXPECT_EQ(in->decompress(message.substr(at, 1), buffer).status, need_more);
  }
  EXPECT_EQ(in->decompress(message.substr(message.size() - 1), buffer).payload, "{\"op\":11}");
}

TEST(zlib_inflater, bounds_what_it_keeps_of_an_endless_payload) {
  const auto in = make_inflater(transport_compression::zlib_stream);
  payload_buffer buffer;
  const std::string piece(std::size_t{16} << 20, 'x');
  for (int i = 0; i < 4; ++i) EXPECT_EQ(in->decompress(piece, buffer).status, need_more);
  EXPECT_EQ(in->decompress("x", buffer).status, too_large);
  EXPECT_EQ(in->decompress("x", buffer).status, corrupt);
}

TEST(zlib_inflater, takes_the_end_of_the_stream_for_corruption) {
  std::string whole(200, '\0');
  uLongf size = whole.size();
  const std::string text = "{\"op\":11}";
  compress(reinterpret_cast<Bytef*>(whole.data()), &size,
           reinterpret_cast<const Bytef*>(text.data()), static_cast<uLong>(text.size()));
  whole.resize(size);
  whole += std::string("\x00\x00\xff\xff", 4);
  payload_buffer buffer;
  EXPECT_EQ(make_inflater(transport_compression::zlib_stream)->decompress(whole, buffer).status,
            corrupt);
}

TEST(zstd_inflater, refuses_a_window_that_would_take_too_much_memory) {
  zstd_compressor modest{23};
  zstd_compressor greedy{27};
  payload_buffer buffer;
  const auto message = modest.compress("{\"op\":10}");
  EXPECT_EQ(make_inflater(transport_compression::zstd_stream)->decompress(message, buffer).payload,
            "{\"op\":10}");
  EXPECT_EQ(make_inflater(transport_compression::zstd_stream)
                ->decompress(greedy.compress("{}"), buffer)
                .status,
            corrupt);
}

TEST(plain_inflater, passes_messages_through) {
  const auto in = make_inflater(transport_compression::none);
  payload_buffer buffer;
  for (const std::size_t size : {3U, 100000U, 70U}) {
    const std::string payload = payload_of(size);
    const auto got = in->decompress(payload, buffer);
    EXPECT_EQ(got.status, inflate_status::payload);
    EXPECT_EQ(got.payload, payload);
  }
  EXPECT_EQ(in->decompress(std::string(largest_payload + 1, 'x'), buffer).status, too_large);
}

}  // namespace
}  // namespace gatehouse::gateway
